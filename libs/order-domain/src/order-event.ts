/** Money is a whole number of minor units (pence, cents); which currency, the order says once. */
export type Minor = number;

/** One line of an order. `line` is its number within the order, from 1: the same SKU may stand on several lines. */
export interface Line {
  line: number;
  sku: string;
  quantity: number;
  unitPrice: Minor;
  /** What the line costs: quantity × unitPrice, or, for imported lines, the exact product rounded half-up. */
  amount: Minor;
  /** As the source wrote it. Only imported lines have one. */
  description?: string;
  /** The exact unit price as a decimal text, where minor units cannot hold it (14 prices of the retailer's year). */
  exactUnitPrice?: string;
}

/** What a capture or a refund means for one line; the parts add up to the whole, to the penny. */
export interface Allocation {
  line: number;
  sku: string;
  /** Units that this part counts: a line's quantity with the capture that completes it, the named ones in a refund. */
  quantity: number;
  amount: Minor;
}

/** A line of a refund as it was asked for: how many units come back, and how much money, where that was said. */
export interface RefundLine {
  line: number;
  quantity: number;
  amount?: Minor;
}

/** A person, encrypted under a key of their own before it comes near a fact. Only order-service can open it. */
export interface SealedCustomer {
  keyId: string;
  /** Base64: nonce ‖ ciphertext ‖ tag (AES-256-GCM). */
  sealed: string;
}

/** Goods that came back, or a correction: it names no sale of ours. */
export interface LooseLine {
  line: number;
  sku: string;
  /** A return: units that came back, > 0. An adjustment: signed. */
  quantity: number;
  /** A return: what was given back, ≥ 0. An adjustment: signed, positive is income. */
  amount: Minor;
  unitPrice: Minor;
  description?: string;
  exactUnitPrice?: string;
}

/** One of several things that a table of current state claimed about the same order ID. */
export interface Claim {
  total: Minor;
  status: string;
  /** Where it stood, e.g. `orders.csv:17`. */
  origin: string;
  /** What follows is absent where the row does not say it. */
  currency?: string;
  customerId?: string;
  captured?: Minor;
  refunded?: Minor;
  /** When the row says that it was made, and last changed; microseconds, UTC. */
  createdAt?: number;
  updatedAt?: number;
}

/** The channel of an order of which nobody has said where it came from. */
export const UNKNOWN_CHANNEL = 'unknown';

/** Whether a text can name a channel. */
export const isChannel = (text: string): boolean => /^[a-z0-9-]{1,32}$/.test(text);

/** What a log beside the table says of the order's past. A claim and no fact: nothing makes such a log keep everything. */
export interface Evidence {
  /** When, as the log says; microseconds, UTC. */
  at?: number;
  /** Who, as the log says. */
  actor?: string;
  /** As a person reads it: `total 89.99 → 79.99 GBP`. */
  what: string;
  /** Where it stood, e.g. `postgres:audit_log:1203`. */
  origin: string;
}

/** A place where that log cannot be the whole story. */
export interface EvidenceGap {
  kind:
    | 'no-beginning'
    | 'nothing-logged'
    | 'entry-not-read'
    | 'value-jumped'
    | 'time-went-back'
    | 'last-differs'
    | 'row-gone'
    | 'row-came-back';
  /** Between which entries of the log, by their origin; absent: before its first, or after its last. */
  after?: string;
  before?: string;
  /** As a person reads it. */
  what: string;
}

/** Evidence and its gaps as a fact carries them. Of a long log the latest entries; how many were left out is said. */
export interface LoggedPast {
  evidence: Evidence[];
  evidenceLeftOut: number;
  gaps: EvidenceGap[];
  gapsLeftOut: number;
}

/** Of a table that has no log beside it. */
export const nothingLogged: LoggedPast = { evidence: [], evidenceLeftOut: 0, gaps: [], gapsLeftOut: 0 };

/** What has happened to an order. Facts are in the past tense and are never changed. */
export type OrderEvent =
  | {
      type: 'OrderPlaced';
      customerId: string | null;
      customer?: SealedCustomer;
      /** Where the order came from. `unknown`: it was placed before anybody asked. */
      channel: string;
      currency: string;
      lines: Line[];
      total: Minor;
    }
  /** `total`: after the discounts that stay. */
  | { type: 'OrderUpdated'; currency: string; lines: Line[]; total: Minor }
  | {
      type: 'DiscountApplied';
      currency: string;
      code: string;
      amount: Minor;
      /** After this discount. */
      total: Minor;
      /**
       * Lines whose units count from here on, with an amount of 0: a discount that leaves nothing owed of an order in
       * part captured completes its lines, and no capture will come that could count them.
       */
      completed?: Allocation[];
    }
  | { type: 'PaymentCaptured'; currency: string; paymentId: string; amount: Minor; allocation: Allocation[] }
  | {
      type: 'RefundInitiated';
      currency: string;
      refundId: string;
      amount: Minor;
      allocation: Allocation[];
      /** The lines as they were asked for; absent where the amount was spread. With `reason` it tells a repetition. */
      asked?: RefundLine[];
      reason?: string;
    }
  | { type: 'RefundCompleted'; refundId: string; currency: string; amount: Minor }
  /** `total`: what the order stood at. */
  | { type: 'OrderCancelled'; currency: string; total: Minor }
  /** `total`: what the person decided that it is; null: it stays. */
  | { type: 'OrderHoldResolved'; decision: string; total: Minor | null }
  | { type: 'ReturnRecorded'; customerId: string | null; currency: string; lines: LooseLine[]; amount: Minor }
  | { type: 'AdjustmentRecorded'; customerId: string | null; currency: string; lines: LooseLine[]; amount: Minor }
  /** A row of a table that had overwritten itself: history before this point is unknown. Claims that differ: on hold. */
  | ({
      type: 'OrderImported';
      customerId: string | null;
      currency: string;
      total: Minor;
      captured: Minor;
      refunded: Minor;
      claims: Claim[];
    } & LoggedPast)
  /**
   * The table was imported once more and said more of the order than was known: rows and evidence that are new.
   * `contradicts`: they are not what was known, so the order is on hold. What is known of its money stays as it is.
   */
  | ({ type: 'OrderImportedAgain'; currency: string; claims: Claim[]; contradicts: boolean } & LoggedPast)
  /** The key that opens `customer` was destroyed: nobody can tell any more who the customer is. Moves no money. */
  | { type: 'CustomerForgotten'; customerId: string | null; keyId: string };

export type OrderEventType = OrderEvent['type'];

/** The fact of one type. */
export type Fact<T extends OrderEventType> = Extract<OrderEvent, { type: T }>;
