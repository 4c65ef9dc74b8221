/** Made from schemas/*.avsc by `npm run schemas:types`. Do not edit. */

/** One fact in the life of an order: an envelope that every fact has, and one field for each type of fact, of which exactly the one that `type` names is set. A reader that does not know the type finds all of the fields null. Key of the message: "<orderId>:<version>"; partition by orderId alone. */
export interface OrderEventMessage {
  /** UUIDv7 of the fact. */
  eventId: string;
  /** What happened, e.g. "OrderPlaced". The field that carries it has the same name with a small first letter. New types may appear at any time. */
  type: string;
  /** Which order: 1 to 64 of A-Z a-z 0-9 . _ - */
  orderId: string;
  /** 1, 2, 3 ... within the order, without gaps. (orderId, version) identifies the fact; a message may come more than once. */
  version: number;
  /** Version of the shape of this type of fact, from 1. */
  schemaVersion: number;
  /** When it happened in the business; microseconds since 1970, UTC. */
  occurredAt: number;
  /** When the store learned of it; microseconds since 1970, UTC; rises with every fact of the store. Also the timestamp of the Kafka record. */
  recordedAt: number;
  /** Who did it, as they say of themselves; a claim and no proof. */
  actor: string | null;
  /** Why, in a person's words. */
  reason: string | null;
  /** What it belongs to: the same for all that one request set off. */
  correlationId: string | null;
  /** Which message or request caused it. */
  causationId: string | null;
  /** Which command made it. */
  commandId: string | null;
  /** Of imported facts: where it stood in the source. */
  origin: OrderEventOrigin | null;
  /** Hash of the order's fact before this one (32 bytes); of its first fact, 32 zero bytes. */
  previousHash: Buffer;
  /** sha256(previousHash, canonical bytes), 32 bytes; schemas/README.md says how to compute it. */
  hash: Buffer;
  /** Set where type is "OrderPlaced". */
  orderPlaced: OrderEventOrderPlaced | null;
  /** Set where type is "OrderUpdated". */
  orderUpdated: OrderEventOrderUpdated | null;
  /** Set where type is "DiscountApplied". */
  discountApplied: OrderEventDiscountApplied | null;
  /** Set where type is "PaymentCaptured". */
  paymentCaptured: OrderEventPaymentCaptured | null;
  /** Set where type is "RefundInitiated". */
  refundInitiated: OrderEventRefundInitiated | null;
  /** Set where type is "RefundCompleted". */
  refundCompleted: OrderEventRefundCompleted | null;
  /** Set where type is "OrderCancelled". */
  orderCancelled: OrderEventOrderCancelled | null;
  /** Set where type is "OrderHoldResolved". */
  orderHoldResolved: OrderEventOrderHoldResolved | null;
  /** Set where type is "ReturnRecorded". */
  returnRecorded: OrderEventReturnRecorded | null;
  /** Set where type is "AdjustmentRecorded". */
  adjustmentRecorded: OrderEventAdjustmentRecorded | null;
  /** Set where type is "OrderImported". */
  orderImported: OrderEventOrderImported | null;
  /** Set where type is "CustomerForgotten". */
  customerForgotten: OrderEventCustomerForgotten | null;
  /** Set where type is "OrderImportedAgain". */
  orderImportedAgain: OrderEventOrderImportedAgain | null;
}

/** Where an imported fact stood. */
export interface OrderEventOrigin {
  /** File or table. */
  source: string;
  /** Which lines of it, e.g. "2-9" or "17". */
  lines: string;
}

/** A customer placed the order. */
export interface OrderEventOrderPlaced {
  /** Pseudonym of the customer; null where the source names none. */
  customerId: string | null;
  /** Who the customer is, encrypted; null where nothing was said or the source has none. */
  customer: OrderEventSealedCustomer | null;
  /** Where the order came from, e.g. "api" or "online-retail": 1 to 32 of a-z 0-9 -. From schemaVersion 2 on; null in older facts, of which nobody knows. */
  channel: string | null;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** What was ordered. */
  lines: OrderEventLine[];
  /** Sum of the lines' amounts, in minor units of the currency. */
  total: number;
}

/** A person (name, e-mail, address), encrypted under a key of their own. Only order-service can open it; once the key is destroyed, nobody can. */
export interface OrderEventSealedCustomer {
  /** Which key it is encrypted under. */
  keyId: string;
  /** Base64 of nonce (12 bytes), ciphertext, tag (16 bytes); AES-256-GCM. */
  sealed: string;
}

/** One line of an order. */
export interface OrderEventLine {
  /** Number of the line within its order, from 1. One SKU may stand on several lines. */
  line: number;
  /** Stock-keeping unit, exactly as the source wrote it: case and blanks count. */
  sku: string;
  /** Units ordered. Imported lines may be negative (a write-off, with an amount of 0). */
  quantity: number;
  /** Price of one unit in minor units of the currency; where exactUnitPrice is given, rounded half-up. */
  unitPrice: number;
  /** What the line costs before discounts, in minor units of the currency. */
  amount: number;
  /** Description as the source wrote it; imported lines only. */
  description: string | null;
  /** Unit price as a decimal text in major units, where minor units cannot hold it; amount is rounded from it. */
  exactUnitPrice: string | null;
}

/** The lines were replaced. Only before the first capture; discounts stay. */
export interface OrderEventOrderUpdated {
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** All lines as they are from here on. */
  lines: OrderEventLine[];
  /** Sum of the lines' amounts less the discounts that stay, in minor units of the currency. */
  total: number;
}

/** The total was lowered by a discount. */
export interface OrderEventDiscountApplied {
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** Code of the discount; once an order. */
  code: string;
  /** What it takes off, in minor units of the currency; more than 0. */
  amount: number;
  /** Total of the order after it, in minor units of the currency. */
  total: number;
  /** Lines whose units count from here on, with amounts of 0: the discount left nothing owed of an order in part captured, so no capture will count them. Otherwise null. */
  completed: OrderEventAllocation[] | null;
}

/** What a capture or a refund means for one line. The amounts of one fact add up to its amount. */
export interface OrderEventAllocation {
  /** Number of the line within its order; 0 where the order was imported without lines. */
  line: number;
  /** SKU of the line; "(unknown)" where the order was imported without lines. */
  sku: string;
  /** Units that count with this fact: of a capture, all units of a line that it completes, otherwise 0; of a refund, the units that come back. */
  quantity: number;
  /** Part of the amount that falls on this line, in minor units of the currency. */
  amount: number;
}

/** Money came in. Revenue counts it on the day of occurredAt (UTC). */
export interface OrderEventPaymentCaptured {
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** Which payment; once an order. */
  paymentId: string;
  /** What came in, in minor units of the currency; more than 0. */
  amount: number;
  /** What of it falls on which line; adds up to amount. */
  allocation: OrderEventAllocation[];
}

/** Money is on its way back. Revenue counts it on the day of occurredAt (UTC). */
export interface OrderEventRefundInitiated {
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** Which refund; once an order. */
  refundId: string;
  /** What goes back, in minor units of the currency; more than 0. */
  amount: number;
  /** What of it falls on which line; adds up to amount. quantity: units that come back. */
  allocation: OrderEventAllocation[];
  /** The lines that were asked for; null where the amount was spread over what was captured and not refunded. */
  asked: OrderEventRefundLine[] | null;
  /** Why, as it was asked for. */
  reason: string | null;
}

/** A line of a refund as it was asked for. */
export interface OrderEventRefundLine {
  /** Number of the line within its order. */
  line: number;
  /** Units that come back; 0 for money alone. */
  quantity: number;
  /** What goes back for this line, where that was said, in minor units of the currency. */
  amount: number | null;
}

/** The money of a refund has arrived. */
export interface OrderEventRefundCompleted {
  /** Which refund. */
  refundId: string;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** What arrived, in minor units of the currency. */
  amount: number;
}

/** The order was called off; nothing captured was left on it. */
export interface OrderEventOrderCancelled {
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** Total of the order when it was called off, in minor units of the currency. */
  total: number;
}

/** A person decided what is true of an imported order whose rows contradicted each other. */
export interface OrderEventOrderHoldResolved {
  /** What was decided. */
  decision: string;
  /** Total from here on, in minor units of the order's currency; null: as it was. */
  total: number | null;
}

/** Goods came back that name no sale. Revenue counts it as a refund on the day of occurredAt (UTC). */
export interface OrderEventReturnRecorded {
  /** Pseudonym of the customer; null where the source names none. */
  customerId: string | null;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** What came back. */
  lines: OrderEventLooseLine[];
  /** Sum of the lines' amounts: what was given back, in minor units of the currency. */
  amount: number;
}

/** Goods or money that name no sale of ours. */
export interface OrderEventLooseLine {
  /** Number within its fact, from 1. */
  line: number;
  /** Stock-keeping unit, exactly as the source wrote it. */
  sku: string;
  /** Of a return: units that came back, more than 0. Of an adjustment: signed. */
  quantity: number;
  /** Of a return: what was given back, 0 or more. Of an adjustment: signed, positive is income. In minor units of the currency. */
  amount: number;
  /** Price of one unit in minor units of the currency; where exactUnitPrice is given, rounded half-up. */
  unitPrice: number;
  /** Description as the source wrote it. */
  description: string | null;
  /** Unit price as a decimal text in major units, where minor units cannot hold it. */
  exactUnitPrice: string | null;
}

/** A correction that names no sale. Revenue counts it on the day of occurredAt (UTC): what is positive as captured, what is negative as refunded. */
export interface OrderEventAdjustmentRecorded {
  /** Pseudonym of the customer; null where the source names none. */
  customerId: string | null;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** What was corrected. */
  lines: OrderEventLooseLine[];
  /** Sum of the lines' amounts, signed, in minor units of the currency. */
  amount: number;
}

/** The order comes from a table of current state that had overwritten itself: its history before this point is unknown. */
export interface OrderEventOrderImported {
  /** Pseudonym of the customer; null where the source names none. */
  customerId: string | null;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** Total, in minor units of the currency. */
  total: number;
  /** What had been captured, in minor units of the currency. */
  captured: number;
  /** What had been refunded, in minor units of the currency. */
  refunded: number;
  /** What each row said; rows that differ put the order on hold. */
  claims: OrderEventClaim[];
  /** What a log beside the table says, oldest first; from version 2 of this fact on. */
  evidence: OrderEventEvidence[] | null;
  /** How many earlier entries of the log are not listed. */
  evidenceLeftOut: number | null;
  /** Where that log cannot be the whole story; from version 2 of this fact on. */
  gaps: OrderEventEvidenceGap[] | null;
  /** How many further gaps are not listed. */
  gapsLeftOut: number | null;
}

/** What one row of a table of current state said of the order. */
export interface OrderEventClaim {
  /** Total of the order as this row has it, in minor units of the currency. */
  total: number;
  /** Status as this row has it. */
  status: string;
  /** Where the row stood, e.g. "orders.csv:17". */
  origin: string;
  /** ISO 4217 code, where the row says one. */
  currency: string | null;
  /** Pseudonym of the customer, where the row names one. */
  customerId: string | null;
  /** What had been captured, where the row says it, in minor units of the currency. */
  captured: number | null;
  /** What had been refunded, where the row says it, in minor units of the currency. */
  refunded: number | null;
  /** When the row says that it was made; microseconds since 1970, UTC. */
  createdAt: number | null;
  /** When the row says that it was last changed; microseconds since 1970, UTC. */
  updatedAt: number | null;
}

/** What a log beside the table says of the past of the order: a claim and no fact. */
export interface OrderEventEvidence {
  /** When, as the log says; microseconds since 1970, UTC. */
  at: number | null;
  /** Who, as the log says. */
  actor: string | null;
  /** What it says has changed, as a person reads it. */
  what: string;
  /** Where the entry stood, e.g. "postgres:audit_log:1203". */
  origin: string;
}

/** A place where the log cannot be the whole story. */
export interface OrderEventEvidenceGap {
  /** Stable word for what is missing, e.g. "value-jumped"; new ones may appear at any time. */
  kind: string;
  /** Origin of the entry before the gap; null: it is before the first. */
  after: string | null;
  /** Origin of the entry after the gap; null: it is after the last. */
  before: string | null;
  /** What is missing, as a person reads it. */
  what: string;
}

/** The key that opened who the customer is was destroyed: what is sealed under it nobody can read any more. Erase what you hold of the person. Moves no money. */
export interface OrderEventCustomerForgotten {
  /** Pseudonym of the customer. */
  customerId: string | null;
  /** Which key was destroyed: that of the order's sealed customer. */
  keyId: string;
}

/** The table was imported once more and said more of the order than was known: rows and evidence that are new. What is known of its money stays as it is. */
export interface OrderEventOrderImportedAgain {
  /** ISO 4217 code of the claims that name none. */
  currency: string;
  /** What each row said that was not known. */
  claims: OrderEventClaim[];
  /** Whether that is not what was known: the order is on hold then. */
  contradicts: boolean;
  /** What a log beside the table says, oldest first. */
  evidence: OrderEventEvidence[] | null;
  /** How many earlier entries of the log are not listed. */
  evidenceLeftOut: number | null;
  /** Where that log cannot be the whole story. */
  gaps: OrderEventEvidenceGap[] | null;
  /** How many further gaps are not listed. */
  gapsLeftOut: number | null;
}

/** The latest state of one order. Key of the message: "<orderId>". An older state may come after a newer one only as a copy: go by version. */
export interface OrderStateMessage {
  /** Which order. */
  orderId: string;
  /** Version of the order's latest fact that this state contains. */
  version: number;
  /** placed, partly-captured, captured, partly-refunded, refunded, cancelled or on-hold. New words may appear. */
  status: string;
  /** Pseudonym of the customer; null where the source names none. */
  customerId: string | null;
  /** Who the customer is, encrypted; null where nothing is known. */
  customer: OrderStateSealedCustomer | null;
  /** Where the order came from, e.g. "api"; "unknown": it was placed before anybody asked. Null where it was never placed here, and in states that release 0.1.0 wrote. */
  channel: string | null;
  /** ISO 4217 code; it says what a minor unit is (GBP: a penny; JPY: a yen). */
  currency: string;
  /** All lines. */
  lines: OrderStateLineState[];
  /** The latest 100 discounts, oldest first. */
  discounts: OrderStateDiscount[];
  /** How many discounts the order has. */
  discountCount: number;
  /** Sum of the lines less the discounts, in minor units of the currency. */
  total: number;
  /** What was captured, in minor units of the currency. */
  captured: number;
  /** What was refunded, in minor units of the currency. */
  refunded: number;
  /** What is still to be paid, in minor units of the currency. */
  owed: number;
  /** The latest 100 payments, oldest first. */
  payments: OrderStatePayment[];
  /** How many payments were captured. */
  paymentCount: number;
  /** The latest 100 refunds, oldest first. */
  refunds: OrderStateRefund[];
  /** How many refunds there are. */
  refundCount: number;
  /** Of a stream of returns and adjustments that name no sale: adjustments less returns, in minor units of the currency; otherwise 0. */
  looseAmount: number;
  /** True where the history before the first fact is unknown. */
  importedFromState: boolean;
  /** When the order's first fact happened; microseconds since 1970, UTC. */
  placedAt: number;
  /** When its latest fact happened; microseconds since 1970, UTC. */
  updatedAt: number;
  /** When the store learned of its latest fact; microseconds since 1970, UTC. */
  recordedAt: number;
}

/** A person (name, e-mail, address), encrypted under a key of their own. Only order-service can open it; once the key is destroyed, nobody can. */
export interface OrderStateSealedCustomer {
  /** Which key it is encrypted under. */
  keyId: string;
  /** Base64 of nonce (12 bytes), ciphertext, tag (16 bytes); AES-256-GCM. */
  sealed: string;
}

/** One line, and how it stands. */
export interface OrderStateLineState {
  /** Number of the line within its order, from 1; 0 for all of an order that was imported without lines. */
  line: number;
  /** Stock-keeping unit; "(unknown)" where the order was imported without lines. */
  sku: string;
  /** Units ordered. */
  quantity: number;
  /** Price of one unit in minor units of the currency. */
  unitPrice: number;
  /** What the line costs before discounts, in minor units of the currency. */
  amount: number;
  /** Its part of the order's total: the discounts spread over the lines; in minor units of the currency. */
  share: number;
  /** What was captured on it, in minor units of the currency. */
  captured: number;
  /** What was refunded on it, in minor units of the currency. */
  refunded: number;
  /** Units that came back. */
  unitsReturned: number;
}

/** A discount that the order has. */
export interface OrderStateDiscount {
  /** Code of the discount. */
  code: string;
  /** What it takes off, in minor units of the currency. */
  amount: number;
}

/** A payment that was captured. */
export interface OrderStatePayment {
  /** Which payment. */
  paymentId: string;
  /** What came in, in minor units of the currency. */
  amount: number;
}

/** A refund. */
export interface OrderStateRefund {
  /** Which refund. */
  refundId: string;
  /** What goes back, in minor units of the currency. */
  amount: number;
  /** Whether the money has arrived. */
  completed: boolean;
}

/** A command that was refused and that an audit wants to know of, e.g. a second order with an ID that is taken, and another total. Key of the message: "<orderId>:<commandId>". */
export interface OrderAttemptMessage {
  /** UUIDv7 of the attempt. */
  attemptId: string;
  /** Which order it was meant for. */
  orderId: string;
  /** Which command. */
  commandId: string;
  /** What was wanted, e.g. "CapturePayment". */
  command: string;
  /** Stable code of why not, e.g. "capture-exceeds-owed"; docs/errors.md lists them. */
  refusal: string;
  /** When; microseconds since 1970, UTC. */
  attemptedAt: number;
  /** Version of the order at which it was refused; 0 where there was no order. */
  orderVersion: number;
  /** Who, as they say of themselves; a claim and no proof. */
  actor: string | null;
  /** Why they wanted it, in their words. */
  reason: string | null;
  /** What it belongs to. */
  correlationId: string | null;
  /** ISO 4217 code of the amounts below. */
  currency: string | null;
  /** What was asked for, in minor units of the currency: of a payment, refund or discount its amount, of a second order its total. */
  amount: number | null;
  /** What would have been allowed at most, in minor units of the currency. */
  allowed: number | null;
  /** Of an ID that is taken: what the existing order was placed at, in minor units of its own currency, which `details` names (existing.currency). */
  existingTotal: number | null;
  /** Of an ID that is taken: whether customer, currency and lines are the same. */
  sameContent: boolean | null;
  /** Everything that the refusal said, as JSON (RFC 8785). */
  details: string | null;
}

/** A signed statement of what all facts up to a position are: the root of RFC 9162's Merkle tree whose leaf number n is the hash of the fact at position n. Key of the message: the tree size as decimal text. */
export interface CheckpointMessage {
  /** How many facts the tree holds: positions 1 to treeSize. */
  treeSize: number;
  /** Root of the tree (32 bytes; SHA-256, leaves prefixed 0x00 and nodes 0x01 as in RFC 9162). */
  rootHash: Buffer;
  /** When it was signed; microseconds since 1970, UTC. */
  issuedAt: number;
  /** Which key signed it. */
  keyId: string;
  /** Ed25519 signature (64 bytes) over the UTF-8 bytes of the RFC 8785 JSON of {issuedAt: RFC 3339 text with six digits and Z, keyId, origin, rootHash: lower-case hex, treeSize}. */
  signature: Buffer;
  /** Which log the tree is of, so that a signature over one cannot be shown as one over another. */
  origin: string;
}
