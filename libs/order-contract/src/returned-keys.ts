/**
 * Destroys again what a restore from a backup brought back: customers' keys in use of which a fact says that they were
 * destroyed. When, by whom and why is taken from the fact. Whoever puts facts back does it, and order-service whenever it
 * looks. A row for each key that was destroyed.
 */
export const destroyReturnedKeysQuery = {
  text: `update orders.customer_keys key
    set wrapped_key = null, destroyed_at = fact.occurred_at, destroyed_by = fact.metadata ->> 'actor',
        destroyed_why = fact.metadata ->> 'reason'
    from (
      select distinct on (data ->> 'keyId') data ->> 'keyId' as key_id, occurred_at, metadata
      from orders.events where type = 'CustomerForgotten' order by data ->> 'keyId', position
    ) fact
    where key.key_id = fact.key_id::uuid and key.destroyed_at is null
    returning key.key_id`,
};
