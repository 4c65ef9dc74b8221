import type pg from 'pg';

/**
 * The role `verify` may read everything and change nothing, also in tables that are made later: the outbox's children, a
 * new generation of a projection.
 */
export const letVerifyRead = async (client: pg.Client): Promise<void> => {
  await client.query(`
do $$
declare
  name text;
begin
  if not exists (select from pg_roles where rolname = 'verify') then
    begin
      create role verify login password 'verify';
    exception
      when duplicate_object or unique_violation then null;
    end;
  end if;
  execute format('alter role verify in database %I set default_transaction_read_only = on', current_database());
  foreach name in array array['orders', 'relay', 'revenue', 'audit'] loop
    continue when to_regnamespace(name) is null; -- a part that keeps nothing of its own
    execute format('grant usage on schema %I to verify', name);
    execute format('grant select on all tables in schema %I to verify', name);
    execute format('alter default privileges in schema %I grant select on tables to verify', name);
    -- Schema and role of a part have one name; what the part makes by itself is the role's own.
    begin
      execute format('alter default privileges for role %I in schema %I grant select on tables to verify', name, name);
    exception
      when insufficient_privilege then null; -- an owner who is no superuser may not speak for the role
    end;
  end loop;
end
$$`);
};
