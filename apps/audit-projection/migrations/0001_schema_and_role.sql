-- The projection's own schema and role. It reads nobody else's tables.
create schema if not exists audit;

-- Roles belong to the whole cluster, schemas to one database: another database may have made it, or be at it right now.
do $$
begin
  if not exists (select from pg_roles where rolname = 'audit') then
    begin
      create role audit login password 'audit'; -- a deployment sets another password: alter role
    exception
      when duplicate_object or unique_violation then null;
    end;
  end if;
end
$$;

grant usage on schema audit to audit;
alter default privileges in schema audit grant select, insert, update, delete on tables to audit;
