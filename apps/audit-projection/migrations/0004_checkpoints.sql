-- What the audit has signed: the root of RFC 9162's Merkle tree over the hashes of the facts at positions 1 … tree_size.
-- None of the three tables belongs to a generation: what was signed stays signed, whatever is read again.
create table audit.checkpoints (
  tree_size bigint primary key check (tree_size > 0),
  root_hash bytea not null check (octet_length(root_hash) = 32),
  issued_at timestamptz not null,
  origin text not null,
  key_id text not null,
  signature bytea not null check (octet_length(signature) = 64),
  -- When Kafka had it; null: not yet.
  published_at timestamptz
);
create index checkpoints_to_publish on audit.checkpoints (tree_size) where published_at is null;
revoke update, delete, truncate on audit.checkpoints from audit;
grant update (published_at) on audit.checkpoints to audit;

-- The tree itself, up to the last checkpoint, in tiles of 256 hashes: at level 0 the leaf hashes, at level n the hashes of
-- whole tiles of level n - 1. A tile that is full never changes.
create table audit.tree_tiles (
  level integer not null,
  index bigint not null,
  hashes bytea not null check (octet_length(hashes) between 32 and 8192),
  primary key (level, index)
);
alter table audit.tree_tiles alter column hashes set storage external; -- hashes cannot be compressed
revoke delete, truncate on audit.tree_tiles from audit;

-- Every key that has signed here, so that old checkpoints can be checked after the key was changed.
create table audit.signing_keys (
  key_id text primary key,
  -- PEM, SubjectPublicKeyInfo.
  public_key text not null,
  first_used_at timestamptz not null default clock_timestamp()
);
revoke update, delete, truncate on audit.signing_keys from audit;
