-- What we knew at an instant must stay what we knew: an answer about it was given. A fact has its time before it has the
-- append lock, from the clock of whoever appends, so one that is under way could still be recorded at an instant that was
-- answered already. Positions and times grow together: what is not after the last fact is settled by that alone. Beyond it
-- a reader settles the instant here, under the append lock, before it reads; who appends then begins after it.
create table orders.settled (
  one   boolean     not null primary key default true check (one),
  until timestamptz not null
);
comment on table orders.settled is 'One row. No fact will be recorded at this instant or before it, other than those that are there.';
insert into orders.settled (until) values ('epoch');
grant select on orders.settled to orders;

-- Settles an instant (microseconds) that is over by this server's clock. Answers in how many microseconds it will be over;
-- 0: it is settled.
create function orders.settle_instant(instant bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  settled bigint;
  clock   bigint;
begin
  select orders.microseconds(greatest(s.until, (select e.recorded_at from orders.events e order by e.position desc limit 1)))
  into settled from orders.settled s where s.one;
  if instant <= settled then
    return 0;
  end if;
  -- Not by the clock of the one who asks: were that one ahead, facts of everybody would be recorded in the future.
  clock := orders.microseconds(clock_timestamp());
  if instant > clock then
    return instant - clock;
  end if;
  perform pg_advisory_xact_lock(8471, 1);
  update orders.settled s set until = greatest(s.until, 'epoch'::timestamptz + instant * interval '1 microsecond') where s.one;
  return 0;
end
$$;
comment on function orders.settle_instant(bigint) is 'Makes sure that no fact will be recorded at this instant or before it; answers for how many microseconds it is too early for that.';
revoke execute on function orders.settle_instant(bigint) from public;
grant execute on function orders.settle_instant(bigint) to orders;

-- As in 0006, but what is settled counts as the time of the last fact.
create or replace function orders.append_batch(
  batch                  uuid,
  expected_head          bigint,        -- null: nothing that is numbered
  -- what the batch stands on: each of its streams, with the version and hash that its facts follow (0 and null: none yet)
  streams                text[],
  stream_versions        bigint[],
  stream_hashes          bytea[],
  -- facts; the first one's position is expected_head + 1
  event_streams          text[],
  event_versions         bigint[],
  event_ids              uuid[],
  event_types            text[],
  event_schema_versions  integer[],
  event_data             jsonb[],
  event_metadata         jsonb[],
  event_occurred_at      timestamptz[],
  event_recorded_at      timestamptz[],
  event_previous_hashes  bytea[],
  event_hashes           bytea[],
  -- messages
  message_topics         text[],
  message_aggregate_ids  text[],
  message_types          text[],
  message_payloads       bytea[],
  message_keys           text[],
  message_partitions     integer[],
  message_positions      bigint[],
  message_timestamps     timestamptz[],
  header_event_id        text[],
  header_event_type      text[],
  header_order_id        text[],
  header_order_version   text[],
  header_event_position  text[],
  header_traceparent     text[],
  -- commands
  command_scopes         text[],
  command_keys           text[],
  command_request_hashes bytea[],
  command_streams        text[],
  command_versions       bigint[],
  command_statuses       integer[],
  -- commands that would only conflict, unless they are known
  other_scopes           text[],
  other_keys             text[],
  -- the answer
  out kept               boolean,
  out head               bigint,        -- before the batch
  out head_recorded_at   bigint,        -- microseconds; or the instant that is settled, if that is later
  out stale_streams      json,          -- [{stream, version, hash}]: streams that stand elsewhere
  out known_commands     json           -- [{scope, key, stream, version, status, requestHash}]
)
language plpgsql
-- A plan is made once a connection; made on an empty table it must still be the right one for twenty million rows.
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform pg_advisory_xact_lock(8471, 1);

  select e.position, orders.microseconds(e.recorded_at) into head, head_recorded_at from orders.events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  head_recorded_at := greatest(head_recorded_at, (select orders.microseconds(s.until) from orders.settled s where s.one));

  -- What stands in the way is looked for first and told then: to prepare the JSON costs five times as much as to look.
  if exists (
    select from unnest(streams, stream_versions, stream_hashes) as s (stream, version, hash)
    left join lateral (
      select e.version, e.hash from orders.events e where e.stream_id = s.stream order by e.version desc limit 1
    ) as e on true
    where coalesce(e.version, 0) <> s.version or e.hash is distinct from s.hash
  ) then
    select json_agg(json_build_object('stream', s.stream, 'version', coalesce(e.version, 0), 'hash', encode(e.hash, 'hex')))
    into stale_streams
    from unnest(streams, stream_versions, stream_hashes) as s (stream, version, hash)
    left join lateral (
      select e.version, e.hash from orders.events e where e.stream_id = s.stream order by e.version desc limit 1
    ) as e on true
    where coalesce(e.version, 0) <> s.version or e.hash is distinct from s.hash;
  end if;

  if cardinality(command_keys) + cardinality(other_keys) > 0
    and exists (select from orders.commands c where c.key = any (command_keys || other_keys))
  then
    select json_agg(json_build_object('scope', c.scope, 'key', c.key, 'stream', c.stream_id, 'version', c.version,
                                      'status', c.status, 'requestHash', encode(c.request_hash, 'hex')))
    into known_commands
    from orders.commands c
    where c.key = any (command_keys || other_keys)
      and c.kept_at > now() - interval '7 days'
      and exists (select from unnest(command_scopes || other_scopes, command_keys || other_keys) as k (scope, key)
                  where k.scope = c.scope and k.key = c.key);
  end if;

  kept := (expected_head is null or expected_head = head)
    and stale_streams is null
    and known_commands is null
    and (cardinality(event_recorded_at) = 0 or orders.microseconds(event_recorded_at[1]) > head_recorded_at)
    and not exists (select from orders.void_batches v where v.batch_id = batch);
  if not kept then
    return;
  end if;

  if cardinality(event_ids) > 0 then
    insert into orders.events (position, stream_id, version, event_id, type, schema_version, data, metadata,
                               occurred_at, recorded_at, previous_hash, hash)
    select head + e.nth, e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.data, e.metadata,
           e.occurred_at, e.recorded_at, e.previous_hash, e.hash
    from unnest(event_streams, event_versions, event_ids, event_types, event_schema_versions, event_data, event_metadata,
                event_occurred_at, event_recorded_at, event_previous_hashes, event_hashes)
      with ordinality as e (stream_id, version, event_id, type, schema_version, data, metadata,
                            occurred_at, recorded_at, previous_hash, hash, nth);
  end if;

  if cardinality(message_topics) > 0 then
    insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, position, timestamp,
                               "event-id", "event-type", "order-id", "order-version", "event-position", "traceparent")
    select m.*
    from unnest(message_topics, message_aggregate_ids, message_types, message_payloads, message_keys, message_partitions,
                message_positions, message_timestamps, header_event_id, header_event_type, header_order_id,
                header_order_version, header_event_position, header_traceparent) as m;
  end if;

  if cardinality(command_keys) > 0 then
    insert into orders.commands (kept_at, scope, key, request_hash, stream_id, version, status, batch_id)
    select now(), c.scope, c.key, c.request_hash, c.stream_id, c.version, c.status, batch
    from unnest(command_scopes, command_keys, command_request_hashes, command_streams, command_versions, command_statuses)
      as c (scope, key, request_hash, stream_id, version, status);
  end if;
end
$$;

-- As in 0006, but what is settled counts as the time of the last fact.
create or replace function orders.lock_and_look(
  streams              text[],
  command_scopes       text[],
  command_keys         text[],
  out head             bigint,
  out head_recorded_at bigint,
  out stream_heads     json,            -- [{stream, version, hash}]: streams that have facts
  out known_commands   json
)
language plpgsql
set enable_seqscan = off set enable_bitmapscan = off set enable_hashjoin = off set enable_mergejoin = off
as $$
begin
  perform pg_advisory_xact_lock(8471, 1);

  select e.position, orders.microseconds(e.recorded_at) into head, head_recorded_at from orders.events e order by e.position desc limit 1;
  head := coalesce(head, 0);
  head_recorded_at := greatest(head_recorded_at, (select orders.microseconds(s.until) from orders.settled s where s.one));

  select json_agg(json_build_object('stream', s.stream, 'version', e.version, 'hash', encode(e.hash, 'hex')))
  into stream_heads
  from unnest(streams) as s (stream)
  cross join lateral (
    select e.version, e.hash from orders.events e where e.stream_id = s.stream order by e.version desc limit 1
  ) as e;

  select json_agg(json_build_object('scope', c.scope, 'key', c.key, 'stream', c.stream_id, 'version', c.version,
                                    'status', c.status, 'requestHash', encode(c.request_hash, 'hex')))
  into known_commands
  from orders.commands c
  where c.key = any (command_keys)
    and c.kept_at > now() - interval '7 days'
    and exists (select from unnest(command_scopes, command_keys) as k (scope, key) where k.scope = c.scope and k.key = c.key);
end
$$;
