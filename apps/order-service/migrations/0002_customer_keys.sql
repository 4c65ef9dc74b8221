-- A key for each customer, itself encrypted under one that is outside of the database. Who destroys the row's key has
-- made everything unreadable that was ever sealed with it: in facts, messages and backups of both.
create table orders.customer_keys (
  key_id       uuid        not null primary key,
  customer_id  text        collate "C" not null,
  wrapped_key  bytea,
  made_at      timestamptz not null default now(),
  destroyed_at timestamptz,
  constraint customer_keys_are_there_or_destroyed check ((wrapped_key is null) = (destroyed_at is not null))
);
create unique index customer_keys_one_in_use on orders.customer_keys (customer_id) where destroyed_at is null;
comment on table orders.customer_keys is 'Customers'' keys, wrapped (AES-256-GCM: nonce, ciphertext, tag) by ORDERS_CUSTOMER_KEY.';
comment on column orders.customer_keys.destroyed_at is 'When the key was destroyed: nothing sealed with it can be read any more.';

grant select, insert on orders.customer_keys to orders;
