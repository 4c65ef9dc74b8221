-- Calls whose answer was lost and which were not found committed: should such a call still arrive, it must do nothing.
create table orders.void_batches (
  batch_id  uuid        not null primary key,
  voided_at timestamptz not null default now()
);
comment on table orders.void_batches is 'Appends that were reported as not written. orders.append_batch refuses them for ever after.';
grant select, insert, delete on orders.void_batches to orders;

-- Appends a batch: facts, messages and commands, all or nothing, in one round trip. Nothing here fails because of what another
-- writer did: what stands in the way is looked for first, and answered.
--
-- How positions come to be dense and in the order of commit: one lock for the whole store comes first, before anything that
-- draws a transaction id or locks a row; the head is read by a statement after it, and so by a newer snapshot; the lock goes
-- with the commit. A sequence would leave holes, and show 12 before 11 where 11's writer commits later.
--
-- The caller has numbered, timed, chained and encoded the batch on a head that it believes in. Is it another one, or has a
-- stream moved, or is a command known, then nothing is written, and the answer says how things stand.
create function orders.append_batch(
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
  out head_recorded_at   bigint,        -- microseconds
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

  if cardinality(streams) > 0 then
    select json_agg(json_build_object('stream', s.stream, 'version', coalesce(e.version, 0), 'hash', encode(e.hash, 'hex')))
    into stale_streams
    from unnest(streams, stream_versions, stream_hashes) as s (stream, version, hash)
    left join lateral (
      select e.version, e.hash from orders.events e where e.stream_id = s.stream order by e.version desc limit 1
    ) as e on true
    where coalesce(e.version, 0) <> s.version or e.hash is distinct from s.hash;
  end if;

  if cardinality(command_keys) + cardinality(other_keys) > 0 then
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
    and (cardinality(event_recorded_at) = 0 or head = 0 or orders.microseconds(event_recorded_at[1]) > head_recorded_at)
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

-- Takes the append lock and answers how things stand, for a writer that numbers and encodes under the lock: the head, each
-- stream's version and hash, and which commands are known. The lock stays until the caller's transaction ends.
create function orders.lock_and_look(
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

-- Settles what became of a batch whose answer was lost. Waits for whoever holds the append lock, so also for the batch itself
-- if it is still under way. Found: true. Not found: it is made void, so that it can do nothing if it should arrive after all,
-- and the answer false stays true.
create function orders.settle_batch(batch uuid, first_position bigint, first_event uuid, command_scope text, command_key text)
returns boolean
language plpgsql
set enable_seqscan = off
as $$
begin
  perform pg_advisory_xact_lock(8471, 1);
  if exists (select from orders.events e where e.position = first_position and e.event_id = first_event)
    or exists (select from orders.commands c where c.key = command_key and c.scope = command_scope and c.batch_id = batch) then
    return true;
  end if;
  delete from orders.void_batches where voided_at < now() - interval '1 day';
  insert into orders.void_batches (batch_id) values (batch) on conflict do nothing;
  return false;
end
$$;

comment on function orders.lock_and_look(text[], text[], text[]) is 'Takes the append lock; answers the head, the streams'' heads and the known commands.';
comment on function orders.settle_batch(uuid, bigint, uuid, text, text) is 'Whether a batch was committed; if not, it never will be.';

do $$
begin
  execute (select 'revoke execute on function ' || string_agg(p.oid::regprocedure::text, ', ') || ' from public'
           from pg_proc p where p.pronamespace = 'orders'::regnamespace and p.proname in ('append_batch', 'lock_and_look', 'settle_batch'));
  execute (select 'grant execute on function ' || string_agg(p.oid::regprocedure::text, ', ') || ' to orders'
           from pg_proc p where p.pronamespace = 'orders'::regnamespace and p.proname in ('append_batch', 'lock_and_look', 'settle_batch'));
end
$$;
