import type { Minor, SealedCustomer } from './order-event.js';

/** A line as a customer asks for it; its number and amount are ours to say. */
export interface RequestedLine {
  sku: string;
  quantity: number;
  unitPrice: Minor;
}

/** What someone wants to happen to an order. Imperative; whether it may, `decide` says. */
export type OrderCommand =
  | {
      type: 'PlaceOrder';
      customerId: string;
      customer?: SealedCustomer;
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
      /** Without them the amount is spread over what is captured and not refunded. */
      lines?: { line: number; quantity: number; amount?: Minor }[];
    }
  | { type: 'CompleteRefund'; refundId: string }
  | { type: 'CancelOrder' }
  | { type: 'ResolveHold'; decision: string; total?: Minor };

export type OrderCommandType = OrderCommand['type'];
