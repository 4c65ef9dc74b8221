-- Messages that wait to be published, committed together with the facts that they carry.
--
-- A queue in one table rots: 1.2 million rows sent and deleted beside one open snapshot slowed an empty poll from 4 ms to
-- 1,650 ms. So the rows live in children by range of seq; a child that is full and drained is dropped as a whole.
create table orders.outbox (
  seq              bigint      not null generated always as identity,
  id               uuid        not null default uuidv7(),
  aggregatetype    text        not null,
  aggregateid      text        not null,
  type             text        not null,
  payload          bytea,
  key              text        not null,
  partition        integer     not null,
  position         bigint,
  timestamp        timestamptz not null,
  "event-id"       text,
  "event-type"     text,
  "order-id"       text,
  "order-version"  text,
  "event-position" text,
  "traceparent"    text,
  constraint outbox_by_partition primary key (partition, seq)
) partition by range (seq);

comment on table orders.outbox is 'Finished messages for Kafka, in the columns of Debezium''s Outbox Event Router. The relay deletes what was acknowledged.';
comment on column orders.outbox.seq is 'In the order of commit: drawn under the append lock. Holes are transactions that failed.';
comment on column orders.outbox.aggregatetype is 'The topic.';
comment on column orders.outbox.payload is 'The finished value, in the Confluent wire format; null is a tombstone.';
comment on column orders.outbox.partition is 'Of the topic: murmur2 of the aggregate''s ID, as Java''s default partitioner counts.';
comment on column orders.outbox.position is 'Of the fact that it carries, where it carries one.';
comment on column orders.outbox.timestamp is 'The record''s timestamp.';
comment on column orders.outbox."event-id" is 'This column and those after it: one header each, by its own name; null is no such header.';

-- What there is of children: to know when one was found drained, and what comes next.
create table orders.outbox_children (
  child      text        not null primary key,
  from_seq   bigint      not null unique,
  below_seq  bigint      not null,
  made_at    timestamptz not null default now(),
  drained_at timestamptz
);
comment on table orders.outbox_children is 'The live children of orders.outbox: rows with from_seq <= seq < below_seq.';
comment on column orders.outbox_children.drained_at is 'When it was first seen full and without rows. Null: it is in use.';

-- Makes children until `ahead` of them lie beyond the last seq. Cheap when nothing is to do; anyone may call it at any time.
-- A child is made and then attached: CREATE TABLE … PARTITION OF would lock the parent against every append.
create function orders.make_outbox_children(ahead integer default 4, width bigint default 500000) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  made integer := 0;
  last_seq bigint;
  next_seq bigint;
  child text;
begin
  if ahead < 1 or ahead > 100 or width < 1 then
    raise exception 'one to a hundred children ahead, each for at least one row';
  end if;
  perform pg_advisory_xact_lock(8471, 2); -- one at a time; not the append lock
  select coalesce(pg_sequence_last_value(pg_get_serial_sequence('orders.outbox', 'seq')::regclass), 0) into last_seq;
  select greatest(coalesce(max(below_seq), 1), last_seq + 1) into next_seq from orders.outbox_children;
  while (select count(*) from orders.outbox_children where from_seq > last_seq) < ahead loop
    child := 'outbox_from_' || next_seq;
    execute format('create table orders.%I (like orders.outbox including all excluding identity)', child);
    -- Says what ATTACH would have to scan for; the partition's own bound says the same from then on.
    execute format('alter table orders.%I add constraint attaching check (seq >= %s and seq < %s)', child, next_seq, next_seq + width);
    execute format('alter table orders.outbox attach partition orders.%I for values from (%s) to (%s)', child, next_seq, next_seq + width);
    execute format('alter table orders.%I drop constraint attaching', child);
    execute format('grant select, delete on orders.%I to relay', child);
    insert into orders.outbox_children (child, from_seq, below_seq) values (child, next_seq, next_seq + width);
    next_seq := next_seq + width;
    made := made + 1;
  end loop;
  return made;
end
$$;
comment on function orders.make_outbox_children(integer, bigint) is 'Makes the next children of the outbox ahead of need; answers how many it made.';

-- Drops one child that has been full and drained for longer than `older_than` (what Kafka acknowledged is not yet on a
-- disk, so it stays a while), and notes which were found drained. Answers the child's name, or null if there was none.
-- A DROP that waits for its lock stops every append behind it, so it waits 50 ms at most: called again, it tries again.
create function orders.drop_drained_outbox_child(older_than interval default '1 hour') returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '50ms' as $$
declare
  full_child text;
  in_use boolean;
begin
  if not pg_try_advisory_xact_lock(8471, 2) then
    return null; -- someone is at it
  end if;

  for full_child in
    select child from orders.outbox_children
    where below_seq <= coalesce(pg_sequence_last_value(pg_get_serial_sequence('orders.outbox', 'seq')::regclass), 0)
      and drained_at is null
  loop
    execute format('select exists (select from orders.%I)', full_child) into in_use;
    if not in_use then
      update orders.outbox_children set drained_at = clock_timestamp() where child = full_child;
    end if;
  end loop;

  select child into full_child from orders.outbox_children
  where drained_at <= clock_timestamp() - older_than order by from_seq limit 1;
  if full_child is null then
    return null;
  end if;
  begin
    -- The batch that filled it may still be under way, its rows not to be seen. Whoever has had the append lock after it
    -- sees them; and who comes later draws a seq beyond this child. No lock while looking: it may have to go through half a
    -- million dead rows.
    perform pg_advisory_lock(8471, 1);
    perform pg_advisory_unlock(8471, 1);
    execute format('select exists (select from orders.%I)', full_child) into in_use;
    if in_use then
      update orders.outbox_children set drained_at = null where child = full_child;
      return null;
    end if;
    lock table only orders.outbox in access exclusive mode;
    execute format('drop table orders.%I', full_child);
    delete from orders.outbox_children where child = full_child;
    return full_child; -- one a call: the lock goes with the commit
  exception
    when lock_not_available then
      return null;
  end;
end
$$;
comment on function orders.drop_drained_outbox_child(interval) is 'Drops one drained child of the outbox, if its lock can be had within 50 ms; answers its name or null.';

select orders.make_outbox_children();

revoke execute on function orders.make_outbox_children(integer, bigint), orders.drop_drained_outbox_child(interval) from public;
grant execute on function orders.make_outbox_children(integer, bigint) to orders, relay;
grant execute on function orders.drop_drained_outbox_child(interval) to relay;
grant select, insert on orders.outbox to orders;
grant select, delete on orders.outbox to relay;
grant select on orders.outbox_children to orders, relay;
