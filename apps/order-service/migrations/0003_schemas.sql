-- The registry's schema ids that our messages carry, with the texts that they stood for when they were first used. A
-- registry that lost its data would give the ids another meaning; compared at start, that shows.
create table orders.schemas (
  subject   text        not null,
  schema_id integer     not null,
  text      text        not null,
  kept_at   timestamptz not null default now(),
  constraint schemas_one_per_id primary key (subject, schema_id)
);
create unique index schemas_one_per_text on orders.schemas (subject, md5(text));
comment on table orders.schemas is 'Schema ids as the registry gave them, kept so that orders are taken while it is away.';

grant select, insert on orders.schemas to orders;
