-- The schema of the facts, and the two roles that work in it. The owner (who migrates) is neither of them.
create schema if not exists orders;
comment on schema orders is 'Facts, the outbox, and the commands that made them. Nothing in orders.events is ever changed.';

-- Roles belong to the whole cluster, schemas to one database: another database may have made them, or be at it right now.
do $$
declare
  role text;
begin
  foreach role in array array['orders', 'relay'] loop
    if not exists (select from pg_roles where rolname = role) then
      begin
        execute format('create role %I login password %L', role, role); -- a deployment sets another password: alter role
      exception
        when duplicate_object or unique_violation then null;
      end;
    end if;
  end loop;
  -- No transaction of a writer lives longer than this: a paused one would keep the append lock, and every writer out.
  -- The relay's low-water mark leans on it too. Set for this database only: the role itself is the cluster's.
  execute format('alter role orders in database %I set transaction_timeout = ''10s''', current_database());
  -- A process that is stopped between two statements would hold up all others for that long: less of it.
  execute format('alter role orders in database %I set idle_in_transaction_session_timeout = ''3s''', current_database());
  execute format('alter role orders in database %I set jit = off', current_database());
end
$$;

grant usage on schema orders to orders, relay;
