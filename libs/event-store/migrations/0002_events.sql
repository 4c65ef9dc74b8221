-- A time as our programs count it. They cannot take it from the text that Postgres writes: that depends on settings.
create function orders.microseconds(moment timestamptz) returns bigint
language sql immutable strict parallel safe
return (extract(epoch from moment) * 1000000)::bigint;
comment on function orders.microseconds(timestamptz) is 'Microseconds since 1970, UTC; exact.';

-- Every fact that there is, in the order in which it was committed.
create table orders.events (
  position       bigint      not null,
  stream_id      text        collate "C" not null,
  version        bigint      not null,
  event_id       uuid        not null,
  type           text        collate "C" not null,
  schema_version integer     not null,
  data           jsonb       not null,
  metadata       jsonb       not null,
  occurred_at    timestamptz not null,
  recorded_at    timestamptz not null,
  previous_hash  bytea       not null,
  hash           bytea       not null,
  constraint events_in_one_order primary key (position),
  constraint events_one_per_version unique (stream_id, version),
  constraint events_count_from_one check (position > 0 and version > 0),
  constraint events_hashes_are_sha256 check (octet_length(hash) = 32 and octet_length(previous_hash) = 32)
);

comment on table orders.events is 'Facts. Append only: no role may update or delete, and a trigger refuses it for anyone.';
comment on column orders.events.position is '1, 2, 3 … over the whole table, without a hole, in the order of commit (orders.append_batch says how).';
comment on column orders.events.version is '1, 2, 3 … within the stream, without a hole.';
comment on column orders.events.event_id is 'A UUIDv7. No index of its own: a fact is found by position, or by stream and version.';
comment on column orders.events.occurred_at is 'When it happened in the business.';
comment on column orders.events.recorded_at is 'When we learned it. Strictly increasing with the position.';
comment on column orders.events.hash is 'sha256(previous_hash ‖ canonical JSON of the fact). Never computed from what jsonb gives back.';

-- A page of streams, by their first fact.
create index events_by_first_fact on orders.events (position) include (stream_id) where version = 1;

create function orders.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'orders.events is append only: % was refused', tg_op
    using errcode = 'insufficient_privilege', hint = 'Append a fact that corrects the other one.';
end
$$;
comment on function orders.refuse_change() is 'Refuses every UPDATE, DELETE and TRUNCATE, whoever asks.';

create trigger events_are_never_changed
  before update or delete or truncate on orders.events
  for each statement execute function orders.refuse_change();
-- Also where session_replication_role = replica switches ordinary triggers off.
alter table orders.events enable always trigger events_are_never_changed;

grant select, insert on orders.events to orders;
