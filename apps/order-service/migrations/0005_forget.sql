-- What `orderlog forget` does to a customer's keys, and what it leaves behind of them: that they were, and who destroyed
-- them when and why.
alter table orders.customer_keys
  add column destroyed_by  text,
  add column destroyed_why text,
  add column wiped_at      timestamptz,
  add column settled_at    timestamptz,
  add constraint customer_keys_destroyed_before_wiped check (wiped_at is null or destroyed_at is not null),
  add constraint customer_keys_destroyed_before_settled check (settled_at is null or destroyed_at is not null);
comment on column orders.customer_keys.destroyed_by is 'Who, as they say of themselves: a claim.';
comment on column orders.customer_keys.wiped_at is 'When the table''s file was found rid of the row''s earlier versions, which still held the key.';
comment on column orders.customer_keys.settled_at is 'When each order that holds something sealed with it had its CustomerForgotten, and none could come any more.';

-- The few that need work.
create index customer_keys_unfinished on orders.customer_keys (destroyed_at)
  where destroyed_at is not null and (wiped_at is null or settled_at is null);
create index customer_keys_of_customer on orders.customer_keys (customer_id);

-- What a planner would learn of the keys are keys: samples of them, in pg_statistic.
alter table orders.customer_keys alter column wrapped_key set statistics 0;
select pg_clear_attribute_stats('orders', 'customer_keys', 'wrapped_key', false);

create function orders.keep_keys_destroyed() returns trigger language plpgsql as $$
begin
  raise exception 'key % was destroyed: nothing brings it back', old.key_id
    using errcode = 'insufficient_privilege';
end
$$;
comment on function orders.keep_keys_destroyed() is 'Refuses to take back that a key was destroyed, or by whom and why.';
create trigger customer_keys_stay_destroyed
  before update on orders.customer_keys
  for each row
  when (old.destroyed_at is not null and (
    new.wrapped_key is not null or new.key_id <> old.key_id or new.customer_id <> old.customer_id
    or new.destroyed_at is distinct from old.destroyed_at or new.destroyed_by is distinct from old.destroyed_by
    or new.destroyed_why is distinct from old.destroyed_why
  ))
  execute function orders.keep_keys_destroyed();

-- Not of key_id, customer_id and made_at: a key cannot become another one's. MAINTAIN, for VACUUM.
grant update (wrapped_key, destroyed_at, destroyed_by, destroyed_why, wiped_at, settled_at)
  on orders.customer_keys to orders;
grant maintain on orders.customer_keys to orders;

-- Which keys the facts say are destroyed: few, and asked for whenever something sealed is opened.
create index events_by_forgotten on orders.events ((data ->> 'keyId'), stream_id) where type = 'CustomerForgotten';
