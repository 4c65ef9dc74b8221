import type { Claim, Minor, OrderEvent } from './order-event.js';

/**
 * Why something may not happen, with what the caller needs in order to ask better. A value, never an exception; what it
 * means over HTTP only the HTTP layer knows. Codes are stable. Amounts are in minor units of `currency`, or of the
 * order's currency where the refusal names none.
 */
export type Refusal =
  | { code: 'order-not-found' }
  /**
   * The ID is taken. `sameContent`: the same customer, currency and lines as the order was placed with (the sealed
   * person is not compared: it is encrypted anew each time).
   */
  | {
      code: 'order-exists';
      existing: { currency: string; placedTotal: Minor; total: Minor };
      requested: { currency: string; total: Minor };
      sameContent: boolean;
    }
  /** The stream holds a return or an adjustment that names no sale: there is nothing to change. */
  | { code: 'not-an-order' }
  | { code: 'order-cancelled' }
  /** `currency`: of the order, for a claim that names none. */
  | { code: 'order-on-hold'; currency: string; claims: Claim[] }
  /** Null: it never was on hold. */
  | { code: 'order-not-on-hold'; decision: string | null; currency: string; total: Minor }
  /** Not well-formed: what is wrong with which field. */
  | { code: 'invalid-command'; field: string; problem: string }
  | { code: 'total-too-large'; limit: Minor }
  | { code: 'lines-after-capture'; currency: string; captured: Minor }
  | { code: 'discounts-exceed-total'; currency: string; discounts: Minor; linesTotal: Minor }
  | { code: 'discount-code-used'; discountCode: string; currency: string; amount: Minor }
  | { code: 'discount-exceeds-total'; currency: string; total: Minor }
  | { code: 'discount-below-captured'; currency: string; total: Minor; captured: Minor }
  | { code: 'capture-exceeds-owed'; currency: string; owed: Minor }
  | { code: 'payment-id-used'; paymentId: string; currency: string; amount: Minor }
  | { code: 'refund-exceeds-captured'; currency: string; refundable: Minor }
  | { code: 'refund-id-used'; refundId: string; currency: string; amount: Minor }
  | { code: 'refund-not-found'; refundId: string }
  | { code: 'refund-line-unknown'; line: number }
  | { code: 'refund-line-repeated'; line: number }
  | { code: 'refund-exceeds-units'; line: number; returnable: number }
  | { code: 'refund-exceeds-line'; line: number; currency: string; refundable: Minor }
  | { code: 'refund-lines-differ'; currency: string; amount: Minor; linesAmount: Minor }
  | { code: 'captured-not-refunded'; currency: string; captured: Minor; refunded: Minor }
  | { code: 'resolution-below-captured'; currency: string; captured: Minor };

export type RefusalCode = Refusal['code'];

/** What comes of a command. `nothing-new`: it was told twice with the same content, and has its effect already. */
export type Decision =
  { outcome: 'facts'; facts: OrderEvent[] } | { outcome: 'refused'; refusal: Refusal } | { outcome: 'nothing-new' };

export const facts = (...happened: OrderEvent[]): Decision => ({ outcome: 'facts', facts: happened });
export const refused = (refusal: Refusal): Decision => ({ outcome: 'refused', refusal });
export const nothingNew: Decision = { outcome: 'nothing-new' };
