-- Who may send which Kafka partition. A row that is renewed, and not a session lock: that would stay with a paused process for ever.
create schema if not exists relay;
comment on schema relay is 'Which relay sends which Kafka partition. What is sent stands in orders.outbox.';

do $$
begin
  if not exists (select from pg_roles where rolname = 'relay') then
    begin
      create role relay login password 'relay'; -- a deployment sets another password: alter role
    exception
      when duplicate_object or unique_violation then null;
    end;
  end if;
end
$$;

create table relay.leases (
  partition integer     not null primary key,
  owner     text,
  token     bigint      not null default 0,
  until     timestamptz not null default '-infinity',
  taken_at  timestamptz,
  constraint leases_of_real_partitions check (partition >= 0)
);
comment on table relay.leases is 'One row a Kafka partition. Past `until` anyone may take it; Kafka''s epoch shuts the former owner out.';
comment on column relay.leases.token is 'One more with every taking: a renewal or a deletion under an older one does nothing.';

create table relay.relays (
  relay      text        not null primary key,
  started_at timestamptz not null default clock_timestamp(),
  seen_at    timestamptz not null default clock_timestamp()
);
comment on table relay.relays is 'The relays that live, so that they can share the partitions fairly.';

grant usage on schema relay to relay;
grant select, insert, update, delete on relay.leases, relay.relays to relay;
