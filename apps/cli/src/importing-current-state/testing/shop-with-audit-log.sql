-- A shop as many are: a table that overwrites itself, without a primary key, and a log that one generic trigger writes.
create table orders (
  id bigint not null, customer_id text, customer_email text, status text not null, total numeric(10, 2) not null,
  currency text not null, created_at timestamp not null default now(), updated_at timestamp not null default now()
);
create table customers (id text, name text);
insert into customers values ('c-1042', 'Ada Lovelace');
create table audit_log (
  id bigint generated always as identity, table_name text not null, row_id text, operation text not null,
  old_values jsonb, new_values jsonb, changed_at timestamptz not null default clock_timestamp(),
  changed_by text not null default current_user
);
create function write_audit_log() returns trigger language plpgsql as $$
begin
  insert into audit_log (table_name, row_id, operation, old_values, new_values)
  values (tg_table_name, coalesce(new.id, old.id)::text, tg_op,
          case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
  return null;
end $$;
create trigger orders_audit after insert or update or delete on orders for each row execute function write_audit_log();
create trigger customers_audit after insert or update or delete on customers for each row execute function write_audit_log();
