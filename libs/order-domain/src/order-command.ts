import type { Minor, RefundLine, SealedCustomer } from './order-event.js';

/** A line as a customer asks for it; its number and amount are ours to say. */
export interface RequestedLine {
  sku: string;
  /** At least 1. */
  quantity: number;
  /** At least 0. */
  unitPrice: Minor;
}

/** What someone wants to happen to an order. Imperative; whether it may, `decide` says. */
export type OrderCommand =
  | {
      type: 'PlaceOrder';
      customerId: string;
      customer?: SealedCustomer;
      /** Where the order comes from: 1 to 32 of `a-z 0-9 -`. Absent: `api`. */
      channel?: string;
      currency: string;
      lines: RequestedLine[];
    }
  | { type: 'UpdateLines'; lines: RequestedLine[] }
  | { type: 'ApplyDiscount'; code: string; amount: Minor }
  | { type: 'CapturePayment'; paymentId: string; amount: Minor }
  | {
      type: 'InitiateRefund';
      refundId: string;
      amount: Minor;
      /** Why: a second request with the same ID and another reason is another request. */
      reason?: string;
      /**
       * Absent or empty: the amount is spread over what is captured and not refunded, and no units come back. Lines
       * without an amount of their own share what the others leave of `amount`.
       */
      lines?: RefundLine[];
    }
  | { type: 'CompleteRefund'; refundId: string }
  | { type: 'CancelOrder' }
  /** `total`: what the order is to stand at from now on; absent: as it is. */
  | { type: 'ResolveHold'; decision: string; total?: Minor }
  /** `keyId`: the key that was destroyed. An order that holds nothing sealed under it has nothing to forget. */
  | { type: 'ForgetCustomer'; keyId: string };

export type OrderCommandType = OrderCommand['type'];

/** The command of one type. */
export type Command<T extends OrderCommandType> = Extract<OrderCommand, { type: T }>;
