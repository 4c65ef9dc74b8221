-- The projection's own schema and role. It reads nobody else's tables.
create schema if not exists revenue;

-- Roles belong to the whole cluster, schemas to one database: another database may have made it, or be at it right now.
do $$
begin
  if not exists (select from pg_roles where rolname = 'revenue') then
    begin
      create role revenue login password 'revenue'; -- a deployment sets another password: alter role
    exception
      when duplicate_object or unique_violation then null;
    end;
  end if;
end
$$;

grant usage on schema revenue to revenue;
alter default privileges in schema revenue grant select, insert, update, delete on tables to revenue;
