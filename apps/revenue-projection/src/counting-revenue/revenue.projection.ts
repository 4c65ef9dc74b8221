import { dayOf, type Instant } from '@orderlog/instant';
import type { OrderEvent } from '@orderlog/order-domain';
import { defineProjection, type Definition, type Row, type Source, type Table } from '@orderlog/projection';

/** A fact, and where it stands: what revenue is counted from. */
export interface CountedEvent {
  orderId: string;
  version: number;
  occurredAt: Instant;
  fact: OrderEvent;
}

const entries = {
  columns: {
    order_id: 'text',
    version: 'integer',
    line: 'integer',
    type: 'text',
    sku: 'text',
    day: 'date',
    currency: 'text',
    captured: 'bigint',
    refunded: 'bigint',
    units: 'bigint',
    occurred_at: 'timestamptz',
  },
  totals: { table: 'totals', by: ['day', 'sku', 'currency'], sums: ['captured', 'refunded', 'units'] },
} as const satisfies Table;

/** Revenue: what was captured and what was given back, by line. */
export const revenue = (name: string, orderEvents: Source<CountedEvent>): Definition<CountedEvent> =>
  defineProjection({
    name,
    schema: 'revenue',
    sources: [orderEvents],
    tables: { entries },
    identity: { columns: ['order_id', 'version'], of: (event) => [event.orderId, event.version] },
    rows: revenueOf,
  });

/** One part of a fact: what it adds to a SKU on the fact's day (UTC, when it happened). Minor units. */
interface Part {
  line: number;
  sku: string;
  captured?: number;
  refunded?: number;
  units: number;
}

/**
 * What a fact means for revenue. A capture counts on its day; a refund on the day it is initiated, whether or not it is
 * ever completed. Each type of fact says here whether it counts; one that is added does not compile until it does.
 */
export function revenueOf(event: CountedEvent): Row[] {
  const { fact } = event;
  switch (fact.type) {
    case 'PaymentCaptured':
      return entriesOf(event, fact.currency, fact.allocation.map(earned));
    case 'DiscountApplied':
      // Lines that a discount completes count their units here: no capture will come that could.
      return entriesOf(event, fact.currency, (fact.completed ?? []).map(earned));
    case 'RefundInitiated':
      return entriesOf(event, fact.currency, fact.allocation.map(givenBack));
    case 'ReturnRecorded':
      return entriesOf(event, fact.currency, fact.lines.map(givenBack));
    case 'AdjustmentRecorded':
      return entriesOf(event, fact.currency, fact.lines.map(adjusted));
    case 'OrderPlaced': // nothing is earned yet
    case 'OrderUpdated':
    case 'RefundCompleted': // counted when it was initiated
    case 'OrderCancelled': // what was captured has been refunded before
    case 'OrderHoldResolved':
    case 'OrderImportedAgain':
    case 'OrderImported': // what was captured before is known as a sum, but neither its days nor its SKUs are
    case 'CustomerForgotten': // whoever it was that paid
      return [];
  }
}

const earned = (part: { line: number; sku: string; quantity: number; amount: number }): Part => ({
  ...{ line: part.line, sku: part.sku },
  ...{ captured: part.amount, units: part.quantity },
});

const givenBack = (part: { line: number; sku: string; quantity: number; amount: number }): Part => ({
  ...{ line: part.line, sku: part.sku },
  ...{ refunded: part.amount, units: 0 - part.quantity },
});

/** A correction is signed: what it adds is income, what it takes is given back. Its units are signed the same way. */
const adjusted = (part: { line: number; sku: string; quantity: number; amount: number }): Part => ({
  ...{ line: part.line, sku: part.sku, units: part.quantity },
  ...(part.amount >= 0 ? { captured: part.amount } : { refunded: -part.amount }),
});

function entriesOf(event: CountedEvent, currency: string, parts: Part[]): Row[] {
  const { orderId, version, occurredAt, fact } = event;
  const day = dayOf(occurredAt);
  return parts
    .filter((part) => (part.captured ?? 0) !== 0 || (part.refunded ?? 0) !== 0 || part.units !== 0)
    .map(({ line, sku, captured = 0, refunded = 0, units }) => ({
      into: 'entries',
      values: {
        ...{ order_id: orderId, version, line, type: fact.type, sku, day, currency },
        ...{ captured, refunded, units, occurred_at: occurredAt },
      },
    }));
}
