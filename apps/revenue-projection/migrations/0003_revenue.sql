-- What each line of an event means for revenue; a row carries the event that it comes from, so that reading the event
-- again replaces it. Amounts in minor units.
create table revenue.entries (
  generation integer not null,
  order_id text collate "C" not null,
  version integer not null,
  line integer not null,
  type text collate "C" not null,
  sku text collate "C" not null,
  -- Of occurred_at, UTC.
  day date not null,
  currency text collate "C" not null,
  captured bigint not null,
  refunded bigint not null,
  units bigint not null,
  occurred_at timestamptz not null,
  primary key (generation, order_id, version, line)
) partition by list (generation);
create index entries_by_sku on revenue.entries (generation, sku, day);

-- Sums over the entries, per partition of the topic: two partitions' batches never write the same row.
create table revenue.totals (
  generation integer not null,
  day date not null,
  sku text collate "C" not null,
  currency text collate "C" not null,
  partition integer not null,
  -- How many entries are in it; 0: they were replaced by others.
  entries bigint not null,
  captured bigint not null,
  refunded bigint not null,
  units bigint not null,
  primary key (generation, day, sku, currency, partition)
) partition by list (generation);

create table revenue.entries_1 partition of revenue.entries for values in (1);
create table revenue.totals_1 partition of revenue.totals for values in (1) with (fillfactor = 80);
