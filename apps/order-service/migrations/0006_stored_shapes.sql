-- Which types of facts the store holds, in which versions of their shapes, and up to which position that is known: a release
-- that starts on a large store looks only at what is newer. Filled here, in a deploy step that may take its time; facts are
-- not changed, and positions are dense, so that what was looked at once stays as it was.
create table orders.fact_shapes (
  type           text    collate "C" not null,
  schema_version integer not null,
  first_position bigint  not null,
  constraint fact_shapes_once primary key (type, schema_version)
);
comment on table orders.fact_shapes is 'Each type and version of its shape that a fact up to fact_shapes_seen.up_to has.';
comment on column orders.fact_shapes.first_position is 'The first fact that has it.';

create table orders.fact_shapes_seen (
  one   boolean not null default true,
  up_to bigint  not null,
  constraint fact_shapes_seen_once primary key (one),
  constraint fact_shapes_seen_is_one check (one)
);
comment on table orders.fact_shapes_seen is 'One row: the position up to which orders.fact_shapes is complete.';

insert into orders.fact_shapes_seen (up_to) select coalesce(max(position), 0) from orders.events;
insert into orders.fact_shapes (type, schema_version, first_position)
select type, schema_version, min(position)
from orders.events
where position <= (select up_to from orders.fact_shapes_seen)
group by type, schema_version;

grant select, insert, update, delete on orders.fact_shapes to orders;
grant select, update on orders.fact_shapes_seen to orders;

-- A release that is newer than its database says at start which migrations it lacks. Who migrates by other means than
-- `orderlog migrate` has no such lists.
do $$
declare
  list regclass;
begin
  foreach list in array array[to_regclass('orders.migrations'), to_regclass('orders.service_migrations')] loop
    continue when list is null;
    execute format('grant select on %s to orders', list);
  end loop;
end
$$;
