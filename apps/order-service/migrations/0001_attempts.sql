-- What was refused and matters to an audit. Append only for the service; a message in the outbox tells the audit.
create table orders.attempts (
  attempt_id     uuid        not null primary key,
  order_id       text        collate "C" not null,
  command_id     uuid        not null,
  command        text        not null,
  refusal        text        not null,
  attempted_at   timestamptz not null,
  order_version  bigint      not null,
  actor          text,
  reason         text,
  correlation_id text,
  currency       text,
  amount         bigint,
  allowed        bigint,
  existing_total bigint,
  same_content   boolean,
  details        jsonb       not null,
  constraint attempts_one_per_command unique (order_id, command_id)
);
comment on table orders.attempts is 'Commands that were refused and that an audit wants to hear of. Never changed.';
comment on column orders.attempts.actor is 'Who, as they say of themselves: a claim.';
comment on column orders.attempts.refusal is 'Stable code; docs/errors.md lists them.';
comment on column orders.attempts.amount is 'What was asked for, in minor units of the currency.';

grant select, insert on orders.attempts to orders;
