-- What libs/projection keeps of its own; the same in the schema of every projection (a test compares them).

create table audit.projection (
  name text primary key,
  -- The generation of tables that answers. A rebuild fills the next one beside it.
  live_generation integer not null default 1,
  -- Whether a person told it to leave its group.
  stopped boolean not null default false
);

create table audit.partitions (
  generation integer not null,
  topic text collate "C" not null,
  partition integer not null,
  -- Drawn anew at each assignment; a batch is written under the epoch of whoever has the partition now.
  epoch bigint not null,
  -- Where the next batch begins.
  next_offset bigint not null,
  -- Up to here everything was read at some time, except the holes.
  reached bigint not null,
  -- Where reading again began; null: nothing is read again.
  replay_from bigint,
  -- What a reset forward has passed over.
  holes int8multirange not null default int8multirange(),
  taken_at timestamptz not null default now(),
  moved_at timestamptz not null default now(),
  primary key (generation, topic, partition)
) with (fillfactor = 50);
comment on table audit.partitions is 'How far each partition was read, in the transaction of what was read.';

create table audit.parked_streams (
  generation integer not null,
  topic text collate "C" not null,
  partition integer not null,
  stream text collate "C" not null,
  -- Of its first message that waits.
  first_offset bigint not null,
  error text not null,
  parked_at timestamptz not null default clock_timestamp(),
  primary key (generation, topic, stream)
);
comment on table audit.parked_streams is 'Orders that wait behind a message that cannot be read or written.';

create table audit.parked_messages (
  generation integer not null,
  topic text collate "C" not null,
  partition integer not null,
  message_offset bigint not null,
  stream text collate "C" not null,
  key bytea,
  value bytea,
  -- [name, base64] each, in the order in which they came.
  headers json not null,
  sent_at timestamptz not null,
  -- Null: it stands behind the one that has an error.
  error text,
  -- Whether a copy is on <group>.dlq.
  copied boolean not null default false,
  primary key (generation, topic, partition, message_offset)
);
create index parked_messages_by_stream on audit.parked_messages (generation, topic, stream, message_offset);
create index parked_messages_to_copy on audit.parked_messages (generation, topic, partition, message_offset) where not copied;

create table audit.unknown_types (
  generation integer not null,
  topic text collate "C" not null,
  partition integer not null,
  type text collate "C" not null,
  first_offset bigint not null,
  primary key (generation, topic, partition, type)
);
comment on table audit.unknown_types is 'Types of events that this version passed over: after an upgrade, read again from there.';
