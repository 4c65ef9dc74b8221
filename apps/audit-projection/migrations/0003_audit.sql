-- Every fact that the topic ever held, each content of it: a second message with the same order and version and other
-- content is a row of its own (its digest differs), and a finding.
create table audit.facts (
  generation integer not null,
  order_id text collate "C" not null,
  version integer not null,
  -- What its content hashes to, computed from the message, as hex; of a type that we do not know, the bytes' sha256.
  digest text collate "C" not null,
  event_id text not null,
  type text collate "C" not null,
  schema_version integer not null,
  -- 1, 2, 3 … over the whole store, by the header; null where a message has none.
  position bigint,
  -- (position - 1) / 1000, or -1 where there is no position; where in its block it stands, from 1, and the square of it.
  block integer not null,
  place integer not null,
  place_squared integer not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  actor text,
  reason text,
  correlation_id text,
  causation_id text,
  command_id text,
  origin json,
  -- As the store has it; null: of a type that we do not know.
  data json,
  previous_hash bytea not null,
  -- As the message claims it, and whether its content comes to it; null: we cannot tell.
  hash bytea not null,
  hash_holds boolean,
  -- What the fact says of money, in minor units; null: nothing.
  currency text,
  total bigint,
  captured bigint,
  refunded bigint,
  -- Of an imported row: how many rows claimed to be this order.
  claims integer,
  primary key (generation, order_id, version, digest)
) partition by list (generation);
create index facts_by_position on audit.facts (generation, position);

-- How many facts of each block of 1,000 positions were seen, per partition of the topic, and the sums of their places:
-- where all three are those of a whole block, none is missing and none stands twice in another's stead.
create table audit.position_blocks (
  generation integer not null,
  block integer not null,
  partition integer not null,
  entries bigint not null,
  place bigint not null,
  place_squared bigint not null,
  primary key (generation, block, partition)
) partition by list (generation);

-- Commands that were refused, as orders.attempts.v1 tells them.
create table audit.attempts (
  generation integer not null,
  order_id text collate "C" not null,
  version integer not null,
  digest text collate "C" not null,
  command_id text not null,
  command text not null,
  refusal text not null,
  attempted_at timestamptz not null,
  actor text,
  reason text,
  correlation_id text,
  currency text,
  amount bigint,
  allowed bigint,
  existing_total bigint,
  same_content boolean,
  details json,
  primary key (generation, order_id, version, digest)
) partition by list (generation);

-- Messages without a value: someone wanted compaction to delete a fact.
create table audit.tombstones (
  generation integer not null,
  order_id text collate "C" not null,
  version integer not null,
  digest text collate "C" not null,
  topic text not null,
  partition integer not null,
  message_offset bigint not null,
  sent_at timestamptz not null,
  primary key (generation, order_id, version, digest)
) partition by list (generation);

create table audit.facts_1 partition of audit.facts for values in (1);
create table audit.position_blocks_1 partition of audit.position_blocks for values in (1);
create table audit.attempts_1 partition of audit.attempts for values in (1);
create table audit.tombstones_1 partition of audit.tombstones for values in (1);

-- The orders that were looked at as a whole; locked meanwhile, because facts and attempts come by two topics.
create table audit.orders (
  generation integer not null,
  order_id text collate "C" not null,
  facts bigint not null,
  last_version integer not null,
  primary key (generation, order_id)
);

-- What is wrong with an order. Keyed by what it is, so that reading again finds it again and does not add to it.
create table audit.findings (
  generation integer not null,
  number bigint not null generated always as identity,
  order_id text collate "C" not null,
  kind text collate "C" not null,
  -- What of the order, such as v3.
  subject text collate "C" not null,
  detail json not null,
  found_at timestamptz not null default clock_timestamp(),
  -- When it was no longer so, e.g. because a missing fact has come.
  resolved_at timestamptz,
  primary key (generation, order_id, kind, subject)
);
create unique index findings_by_number on audit.findings (generation, number);
