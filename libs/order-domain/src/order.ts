import type { Allocation, Claim, Line, LooseLine, Minor, RefundLine, SealedCustomer } from './order-event.js';

export type OrderStatus =
  'none' | 'placed' | 'partly-captured' | 'captured' | 'partly-refunded' | 'refunded' | 'cancelled' | 'on-hold';

/**
 * How one line stands. `share` is its part of the order's total (the discounts spread over the lines by amount): the
 * shares of an order add up to its total, and no line is ever captured above its share.
 */
export interface LineTally {
  line: number;
  share: Minor;
  captured: Minor;
  refunded: Minor;
  /** The line's quantity once it is complete, before that 0. */
  unitsCounted: number;
  unitsReturned: number;
}

export interface Payment {
  paymentId: string;
  amount: Minor;
  allocation: Allocation[];
}

export interface Refund {
  refundId: string;
  amount: Minor;
  allocation: Allocation[];
  completed: boolean;
  asked?: RefundLine[];
  reason?: string;
}

/** What a table of current state said of an order. */
export interface ImportedState {
  /** Of all its rows, in the order in which they came. */
  claims: Claim[];
  /** How many entries of a log beside the table there are, and how many gaps in it; the facts have them. */
  evidence: number;
  gaps: number;
}

/** An order as its facts have made it. Plain data: it can be written as JSON and read back. Never changed in place. */
export interface Order {
  status: OrderStatus;
  customerId: string | null;
  customer?: SealedCustomer;
  /** Where the order came from; null where it was never placed here (an import of states, of returns). */
  channel: string | null;
  /** Set once the customer was forgotten; then there is no `customer`. Which key was destroyed. */
  forgotten?: { keyId: string };
  currency: string;
  lines: Line[];
  /** One for each line, in their order; an order imported without lines has one, numbered 0, for all of it. */
  tallies: LineTally[];
  discounts: { code: string; amount: Minor }[];
  /** Sum of the lines less the discounts. */
  total: Minor;
  captured: Minor;
  refunded: Minor;
  payments: Payment[];
  refunds: Refund[];
  /** Returns and adjustments that name no sale; imports alone make them. They are no part of total and captured. */
  loose: { kind: 'return' | 'adjustment'; amount: Minor; lines: LooseLine[] }[];
  cancelled: boolean;
  /** An imported order whose rows contradict each other waits here for a person's decision. */
  hold: { claims: Claim[]; decision: string | null } | null;
  /** Where the history before the first fact is unknown (a table that had overwritten itself): what it said of the order. */
  imported: ImportedState | null;
  /** As it was placed, kept from the first update of its lines on: a second order with this ID is compared with it. */
  placedAs: { lines: Line[]; total: Minor } | null;
  /** What it was placed (or imported) at, before any discount or update. */
  placedTotal: Minor;
}

/**
 * Names the form of an Order and what `evolve` makes of facts. States that were folded before are kept under it and never
 * read under another, so it changes with either; state-shape.spec.ts sees when one has changed and this has not.
 */
export const stateShape = 'order-2';

/** Before the first fact. */
export const emptyOrder: Order = {
  status: 'none',
  customerId: null,
  channel: null,
  currency: '',
  lines: [],
  tallies: [],
  discounts: [],
  total: 0,
  captured: 0,
  refunded: 0,
  payments: [],
  refunds: [],
  loose: [],
  cancelled: false,
  hold: null,
  imported: null,
  placedAs: null,
  placedTotal: 0,
};

/** What is still to be paid; never below 0, though an imported claim may say that more was captured than ordered. */
export const owedOf = (order: Order): Minor => (order.cancelled ? 0 : Math.max(0, order.total - order.captured));

/** What was captured and not refunded. */
export const refundableOf = (order: Order): Minor => Math.max(0, order.captured - order.refunded);

/** The SKU of what stands on no known line (an order imported from a table of current state). */
export const UNKNOWN_SKU = '(unknown)';
