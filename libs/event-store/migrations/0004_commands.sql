-- Commands that have their answer, so that none is done twice. Kept for 7 days, in a child a day.
-- No constraint could hold (scope, key) unique over all children; the append lock does: whoever inserts has looked, under it.
create table orders.commands (
  kept_at      timestamptz not null,
  scope        text        collate "C" not null,
  key          text        collate "C" not null,
  request_hash bytea       not null,
  stream_id    text        collate "C" not null,
  version      bigint      not null,
  status       integer     not null,
  batch_id     uuid        not null
) partition by range (kept_at);

create index commands_by_key on orders.commands (key, scope);

comment on table orders.commands is 'What came of a command, by scope and idempotency key. The first answer is built again from it.';
comment on column orders.commands.scope is 'Method and route, e.g. POST /orders/:id/payments.';
comment on column orders.commands.request_hash is 'HMAC of the canonical request: the same key with another request is refused.';
comment on column orders.commands.version is 'The stream''s version after the command.';
comment on column orders.commands.batch_id is 'The append that kept it: how its outcome is found when the answer to the commit was lost.';

-- Makes the children of today and of `ahead` days after it, and drops those that are past 7 days, each if its lock can be
-- had within 50 ms. Cheap when nothing is to do; anyone may call it at any time. Answers how many it made.
create function orders.turn_command_days(ahead integer default 2) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '50ms' as $$
declare
  made integer := 0;
  day date;
  child text;
begin
  if not pg_try_advisory_xact_lock(8471, 3) then
    return 0; -- someone is at it
  end if;
  for offset_days in 0 .. least(ahead, 30) loop
    day := current_date + offset_days;
    child := 'commands_' || to_char(day, 'YYYY_MM_DD');
    if to_regclass(format('orders.%I', child)) is null then
      execute format('create table orders.%I (like orders.commands including all)', child);
      execute format('alter table orders.%I add constraint attaching check (kept_at >= %L and kept_at < %L)', child, day, day + 1);
      execute format('alter table orders.commands attach partition orders.%I for values from (%L) to (%L)', child, day, day + 1);
      execute format('alter table orders.%I drop constraint attaching', child);
      made := made + 1;
    end if;
  end loop;
  for child in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'orders.commands'::regclass
      and c.relname < 'commands_' || to_char(current_date - 8, 'YYYY_MM_DD')
    order by c.relname limit 1
  loop
    begin
      execute format('drop table orders.%I', child);
    exception
      when lock_not_available then null;
    end;
  end loop;
  return made;
end
$$;
comment on function orders.turn_command_days(integer) is 'Makes the next days'' children of orders.commands and drops the one that is past its time.';

select orders.turn_command_days();

revoke execute on function orders.turn_command_days(integer) from public;
grant execute on function orders.turn_command_days(integer) to orders;
grant select, insert on orders.commands to orders;
