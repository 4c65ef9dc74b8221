import { claimViewOf } from '@orderlog/order-contract';
import type { Refusal, RefusalCode } from '@orderlog/order-domain';
import { Problem } from '@orderlog/service-kit';

export interface Answer {
  status: 400 | 404 | 406 | 409 | 412 | 422 | 500 | 503;
  /** The same sentence for every occurrence. */
  title: string;
  /** What the caller does next. */
  then: string;
  /** Kept for the audit: someone wanted what must not be, and that matters later. */
  attempt?: true;
}

/** What each refusal means over HTTP, for callers a contract. A code that is missing here does not compile. */
export const refusals = {
  'order-not-found': { status: 404, title: 'There is no such order.', then: 'Look at the ID.' },
  'order-exists': {
    status: 409,
    title: 'The order ID is taken.',
    then: 'Read the order that has it. To repeat a request safely, send it with the same Idempotency-Key.',
    attempt: true,
  },
  'not-an-order': {
    status: 422,
    title: 'It is a return or an adjustment that names no sale; nothing can be done to it.',
    then: 'Look at the ID.',
  },
  'order-cancelled': { status: 422, title: 'The order is cancelled.', then: 'Place another order.' },
  'order-on-hold': {
    status: 422,
    title: 'The order is on hold: its sources contradict each other.',
    then: 'A person decides: POST /orders/{orderId}/resolution.',
  },
  'order-not-on-hold': {
    status: 422,
    title: 'The order is not on hold.',
    then:
      'There is nothing to decide. Where `decision` says something, somebody decided that before, and the events of the order ' +
      'say who, when and why; what it comes to since is `total`. A discount, a refund or a cancellation still changes it.',
  },
  'invalid-command': {
    status: 400,
    title: 'The request is not well-formed.',
    then: 'Mend the field that is named.',
  },
  'total-too-large': {
    status: 422,
    title: 'The lines add up to more than can be counted.',
    then: 'Place several orders.',
  },
  'lines-after-capture': {
    status: 422,
    title: 'Lines cannot change once a payment was captured.',
    then: 'Refund, cancel, and place another order.',
  },
  'discounts-exceed-total': {
    status: 422,
    title: 'The discounts that the order has would exceed its new total.',
    then: 'Send lines that come to more.',
  },
  'discount-code-used': {
    status: 422,
    title: 'The order has a discount with this code.',
    then: 'A code counts once an order.',
  },
  'discount-exceeds-total': {
    status: 422,
    title: 'The discount is more than the order’s total.',
    then: 'Send an amount up to the total.',
  },
  'discount-below-captured': {
    status: 422,
    title: 'The discount would bring the total below what was captured.',
    then: 'Refund what is too much instead.',
  },
  'capture-exceeds-owed': {
    status: 422,
    title: 'The payment is more than is owed.',
    then: 'Capture up to what is owed.',
    attempt: true,
  },
  'payment-id-used': {
    status: 422,
    title: 'The order has a payment with this ID and another amount.',
    then: 'Give another payment another ID.',
    attempt: true,
  },
  'refund-exceeds-captured': {
    status: 422,
    title: 'The refund is more than was captured and not refunded.',
    then: 'Refund up to that.',
    attempt: true,
  },
  'refund-id-used': {
    status: 422,
    title: 'The order has a refund with this ID and another content.',
    then: 'Give another refund another ID.',
    attempt: true,
  },
  'refund-not-found': { status: 404, title: 'The order has no such refund.', then: 'Look at the refund’s ID.' },
  'refund-line-unknown': {
    status: 422,
    title: 'The refund names a line that the order does not have.',
    then: 'Read the order for the numbers of its lines.',
  },
  'refund-line-repeated': { status: 422, title: 'The refund names a line twice.', then: 'Name each line once.' },
  'refund-exceeds-units': {
    status: 422,
    title: 'The refund takes back more units than the line has left.',
    then: 'Name up to the units that can still come back.',
  },
  'refund-exceeds-line': {
    status: 422,
    title: 'The refund is more than was captured on the line and not refunded.',
    then: 'Refund up to that on the line.',
  },
  'refund-lines-differ': {
    status: 422,
    title: 'The refund’s lines do not add up to its amount.',
    then: 'Let them add up, or leave the lines’ amounts out.',
  },
  'captured-not-refunded': {
    status: 422,
    title: 'What was captured is not refunded.',
    then: 'Refund it first; then the order can be cancelled.',
  },
  'resolution-below-captured': {
    status: 422,
    title: 'The total decided on is less than what was captured.',
    then: 'Decide on a total from what was captured upwards.',
  },
} as const satisfies Record<RefusalCode, Answer>;

/** What the service itself refuses, beside the rules of an order. */
export const serviceRefusals = {
  'invalid-request': {
    status: 400,
    title: 'The request is not well-formed.',
    then: 'Mend each field that `errors` names; it says what to send instead.',
  },
  'order-not-found': refusals['order-not-found'],
  'not-yet-there': {
    status: 404,
    title: 'The order was not there then.',
    then: 'Ask for a later instant, or for a version that it has.',
  },
  'history-unknown': {
    status: 404,
    title: 'What the order was then is not known: its history begins with an import.',
    then: 'Ask for an instant from `historyBefore.before` on. What is claimed of the time before stands in the events of the order, as evidence.',
  },
  'no-person-in-pdf': {
    status: 400,
    title: 'A PDF does not show who the customer is.',
    then: 'Ask for `format=html` or `json`, or leave `customer` out: a PDF is sealed whole, and who is forgotten must not stay in it.',
  },
  'not-acceptable': {
    status: 406,
    title: 'There is no dossier of that media type.',
    then: 'Accept application/json, text/html or application/pdf, or name `format`.',
  },
  'dossier-too-long': {
    status: 422,
    title: 'The order has more facts than a dossier holds.',
    then: 'A dossier holds up to 10,000 facts; beyond, read its events by pages.',
  },
  'customer-not-found': {
    status: 404,
    title: 'Nothing is known of this customer.',
    then: 'Look at the customer’s ID: it is the pseudonym that orders carry, and capitals count.',
  },
  'erasure-unfinished': {
    status: 503,
    title: 'The customer’s keys are destroyed; not all of their orders say so yet.',
    then: 'Send it again after Retry-After seconds to hear when they do. It is gone on with in any case.',
  },
  'lost-race': {
    status: 409,
    title: 'Others were at this order first, every time.',
    then: 'Send it again; with an Idempotency-Key it cannot count twice.',
  },
  'version-differs': {
    status: 412,
    title: 'The order is at another version than If-Match names.',
    then: 'Read the order again and decide again.',
  },
  'occurred-before-order': {
    status: 422,
    title: 'It cannot have happened before the order’s first fact.',
    then: 'Send an `occurredAt` from `placedAt` on, or none.',
  },
  'idempotency-key-used': {
    status: 422,
    title: 'The Idempotency-Key was used for another request.',
    then: 'Give another request another key.',
  },
  'refused-before': {
    status: 422,
    title: 'It was refused before, by a rule that has changed since.',
    then: 'Send it with another key to have it judged again.',
  },
  'message-too-large': {
    status: 422,
    title: 'The order has become too large to be published.',
    then: 'Place several orders.',
  },
  'store-unavailable': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Send it again with the same Idempotency-Key after Retry-After seconds.',
  },
  'too-busy': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Send it again with the same Idempotency-Key after Retry-After seconds.',
  },
  'schemas-unknown': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Operators: start the registry and run `orderlog schemas register`.',
  },
  'fact-from-newer-release': {
    status: 503,
    title: 'The order has a fact of a newer release than this one.',
    then: 'Operators: this release is older than the one that wrote it; deploy that one, or newer. The fact is not lost.',
  },
  'fact-damaged': {
    status: 500,
    title: 'The order has a fact that was changed past every guard: it is not what a fact can be.',
    then: 'Operators: `orderlog verify --order` names it, and what else differs; a backup has it as it was.',
  },
  'last-fact-damaged': {
    status: 503,
    title:
      'Nothing can be recorded: the time behind which it would be was changed past every guard, and cannot be true.',
    then:
      'Operators: `orderlog verify` names the fact. Put its recorded_at back as the topic or a backup has it, or put the ' +
      'database back from a backup and run `orderlog recover`; commands are taken again by themselves. Nothing of this one was kept.',
  },
  'release-does-not-fit': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Operators: this release does not fit the store; /health/ready says why. Migrate, or deploy a newer release.',
  },
  'store-behind': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Operators: run `orderlog recover`. No order is lost; the topic has them.',
  },
  'store-unchecked': {
    status: 503,
    title: 'It cannot be done at the moment.',
    then: 'Operators: start Kafka, so that the topic can say whether the store is behind it.',
  },
} as const satisfies Record<string, Answer>;

export type ServiceRefusalCode = keyof typeof serviceRefusals;

/** A refusal of the rules, as an answer: what the refusal knows is in the body, in minor units beside their currency. */
export function problemOfRefusal(refusal: Refusal, headers: Record<string, string> = {}): Problem {
  const { code, ...details } = refusal;
  const { status, title, then } = refusals[code];
  if (refusal.code === 'invalid-command') {
    return new Problem({
      code: 'invalid-request',
      status,
      title,
      errors: [{ field: refusal.field, in: 'body', problem: refusal.problem, remedy: then }],
    });
  }
  const members = refusal.code === 'order-on-hold' ? { ...details, claims: refusal.claims.map(claimViewOf) } : details;
  return new Problem({ code, status, title, detail: then, members, headers });
}

export function serviceProblem(
  code: ServiceRefusalCode,
  more: { detail?: string; members?: Record<string, unknown>; headers?: Record<string, string>; cause?: unknown } = {},
): Problem {
  const { status, title, then } = serviceRefusals[code];
  return new Problem(
    {
      code,
      status,
      title,
      detail: more.detail ?? then,
      ...(more.members ? { members: more.members } : {}),
      headers: { ...(status === 503 ? { 'retry-after': '1' } : {}), ...more.headers },
    },
    { cause: more.cause },
  );
}
