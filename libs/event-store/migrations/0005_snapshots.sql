-- States that were folded before. A cache: deleting every row changes no answer.
create table orders.snapshots (
  stream_id text        collate "C" not null,
  shape     text        collate "C" not null,
  version   bigint      not null,
  state     jsonb       not null,
  saved_at  timestamptz not null default now(),
  constraint snapshots_one_per_version primary key (stream_id, shape, version)
);
comment on table orders.snapshots is 'A stream''s state at a version. A cache, thrown away whenever the shape of the state changes.';
comment on column orders.snapshots.shape is 'Names the form of the state; a row of another shape is never read.';

grant select, insert, update, delete on orders.snapshots to orders;
