-- Rows come by COPY, behind a look at whether they may: COPY makes a table grow by many pages at once and fills a page with one
-- record of the log (docs/decisions/0024). All of a batch is sent at once, without waiting for an answer in between, and is one
-- transaction:
--   select orders.begin_batch(…);   copy orders.events (…) from stdin;   copy orders.outbox …;   copy orders.commands …
-- What stands in the way is an error, behind which Postgres skips the rows that are on their way. It is code OB409; its
-- detail, a JSON, says how things stand: {head, recordedAt, streams: [{stream, version, hash}], commands: [{scope, key,
-- stream, version, status, requestHash}]}, with the streams that stand elsewhere and the commands that are known.
create function orders.begin_batch(
  expected_head   bigint,          -- null: nothing that is numbered
  recorded_from   bigint,          -- no fact of it was recorded before, microseconds; null: it has nothing that is numbered
  -- what the batch stands on: each stream that it does not begin, with the version and hash that its facts follow (0 and null:
  -- none yet). Of one that it begins the index of versions refuses the row, were it there already.
  streams         text[],
  stream_versions bigint[],
  stream_hashes   bytea[],
  -- commands that must not be known
  command_scopes  text[],
  command_keys    text[]
) returns void
language plpgsql
as $$
declare
  head             bigint;
  head_recorded_at timestamptz;
  stale_streams    json;
  known_commands   json;
begin
  perform pg_advisory_xact_lock(8471, 1);

  -- A statement of its own: it sees what was committed while the one above waited.
  select e.position, e.recorded_at into head, head_recorded_at from orders.events e order by e.position desc limit 1;

  -- What stands in the way is looked for first and told then: to prepare the JSON costs five times as much as to look.
  if cardinality(streams) > 0 then
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
  end if;

  if cardinality(command_keys) > 0 then
    if exists (select from orders.commands c where c.key = any (command_keys)) then
      select json_agg(json_build_object('scope', c.scope, 'key', c.key, 'stream', c.stream_id, 'version', c.version,
                                        'status', c.status, 'requestHash', encode(c.request_hash, 'hex')))
      into known_commands
      from orders.commands c
      where c.key = any (command_keys)
        and c.kept_at > now() - interval '7 days'
        and exists (select from unnest(command_scopes, command_keys) as k (scope, key) where k.scope = c.scope and k.key = c.key);
    end if;
  end if;

  if stale_streams is not null or known_commands is not null
    or coalesce(head, 0) <> expected_head
    or recorded_from <= orders.microseconds(head_recorded_at)
    or exists (select from orders.settled s where s.one and orders.microseconds(s.until) >= recorded_from)
  then
    -- An everyday affair, told to the one who asked: not for the server's log.
    if has_parameter_privilege('log_min_messages', 'set') then
      perform set_config('log_min_messages', 'fatal', true);
    end if;
    raise exception using
      errcode = 'OB409',
      message = 'the batch does not stand where it was made to: others came first, and it is made again',
      detail = json_build_object(
        'head', coalesce(head, 0),
        'recordedAt', (select greatest(orders.microseconds(head_recorded_at), orders.microseconds(s.until)) from orders.settled s where s.one),
        'streams', stale_streams, 'commands', known_commands);
  end if;
end
$$;
comment on function orders.begin_batch(bigint, bigint, text[], bigint[], bytea[], text[], text[]) is
  'Takes the append lock and looks whether a batch may be kept; its rows follow by COPY, in the same transaction.';
revoke execute on function orders.begin_batch(bigint, bigint, text[], bigint[], bytea[], text[], text[]) from public;
grant execute on function orders.begin_batch(bigint, bigint, text[], bigint[], bytea[], text[], text[]) to orders;

-- Where the owner may not grant it, the server's log has a line for each such batch. It is the whole cluster's: another
-- database may be at it right now, or have done it.
do $$
begin
  if not has_parameter_privilege('orders', 'log_min_messages', 'set') then
    grant set on parameter log_min_messages to orders;
  end if;
exception
  when insufficient_privilege or unique_violation or internal_error then
    raise notice 'role orders may not set log_min_messages: batches that are made again are written to the log';
end
$$;

alter table orders.commands alter column kept_at set default now();

-- What each fact paid for and nobody needs. A page of streams passes over the few facts between two first ones, along the
-- primary key. And rows come from begin_batch's caller alone: whoever writes past it is not stopped by a check that he can
-- drop, but found by the chain.
drop index orders.events_by_first_fact;
alter table orders.events drop constraint events_count_from_one, drop constraint events_hashes_are_sha256;

-- Settles what became of a batch whose answer was lost. Waits for whoever holds the append lock, so also for the batch itself
-- if it is still under way. Found: true. Not found: its time is settled as over, so that it can do nothing should it arrive
-- after all, and the answer false stays true.
create function orders.settle_batch(first_position bigint, first_event uuid, batch uuid, command_scope text, command_key text, recorded_from bigint)
returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  perform pg_advisory_xact_lock(8471, 1);
  if exists (select from orders.events e where e.position = first_position and e.event_id = first_event)
    or exists (select from orders.commands c where c.key = command_key and c.scope = command_scope and c.batch_id = batch) then
    return true;
  end if;
  update orders.settled s
  set until = greatest(s.until, 'epoch'::timestamptz + recorded_from * interval '1 microsecond') where s.one;
  return false;
end
$$;
comment on function orders.settle_batch(bigint, uuid, uuid, text, text, bigint) is 'Whether a batch was committed; if not, it never will be.';
revoke execute on function orders.settle_batch(bigint, uuid, uuid, text, text, bigint) from public;
grant execute on function orders.settle_batch(bigint, uuid, uuid, text, text, bigint) to orders;

-- append_batch of 0010 and settle_batch of 0006, with its table of void batches, stay for processes of the release before, which
-- go on calling them while this one is put in. The append_batch of before that goes.
do $$
begin
  execute (select 'drop function ' || p.oid::regprocedure::text
           from pg_proc p where p.pronamespace = 'orders'::regnamespace and p.proname = 'append_batch'
             and not 'message_ids' = any (p.proargnames));
end
$$;
