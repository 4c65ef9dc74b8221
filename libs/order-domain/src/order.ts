import type { Allocation, Claim, Line, LooseLine, Minor, SealedCustomer } from './order-event.js';

export type OrderStatus =
  'none' | 'placed' | 'partly-captured' | 'captured' | 'partly-refunded' | 'refunded' | 'cancelled' | 'on-hold';

/** An order as its facts have made it. Plain data: it can be written as JSON and read back. */
export interface Order {
  status: OrderStatus;
  customerId: string | null;
  customer?: SealedCustomer;
  currency: string;
  lines: Line[];
  discounts: { code: string; amount: Minor }[];
  /** Sum of the lines less the discounts. */
  total: Minor;
  captured: Minor;
  refunded: Minor;
  payments: { paymentId: string; amount: Minor; allocation: Allocation[] }[];
  refunds: { refundId: string; amount: Minor; allocation: Allocation[]; completed: boolean }[];
  /** Returns and adjustments that name no sale; imports alone make them. */
  loose: { kind: 'return' | 'adjustment'; amount: Minor; lines: LooseLine[] }[];
  cancelled: boolean;
  /** An imported order whose rows contradict each other waits here for a person's decision. */
  hold: { claims: Claim[]; decision: string | null } | null;
  /** True where the history before the first fact is unknown (a table that had overwritten itself). */
  importedFromState: boolean;
}
