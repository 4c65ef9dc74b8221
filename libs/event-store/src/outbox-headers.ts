/**
 * The headers that a message may have. Each is a column of orders.outbox by this very name, so that Debezium's router
 * (`table.fields.additional.placement`) and our relay read the same table.
 */
export const outboxHeaders = [
  'event-id',
  'event-type',
  'order-id',
  'order-version',
  'event-position',
  'traceparent',
] as const;

export type OutboxHeader = (typeof outboxHeaders)[number];
