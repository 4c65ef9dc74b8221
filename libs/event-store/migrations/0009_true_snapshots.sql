-- A snapshot says which fact it was folded up to, by that fact's hash, and carries a seal of whoever wrote it. Its state is
-- the text that was written, byte for byte: jsonb would lay it out in an order of its own. The shape comes first in the key,
-- so that those of other shapes are found without looking at every row. What was kept before is thrown away: it is a cache.
truncate orders.snapshots;

alter table orders.snapshots
  drop constraint snapshots_one_per_version,
  alter column state type json using state::json,
  add column hash bytea not null,
  add column seal bytea not null,
  add constraint snapshots_one_per_version primary key (shape, stream_id, version),
  add constraint snapshots_hash_is_sha256 check (octet_length(hash) = 32);
comment on column orders.snapshots.hash is 'Of the stream''s fact at this version: what the state was folded up to.';
comment on column orders.snapshots.seal is 'What its writer makes of all the others under a key that the database does not have.';
