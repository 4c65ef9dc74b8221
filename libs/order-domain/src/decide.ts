import { allocateCapture, allocateRefund, spreadRefund, uncounted } from './allocation.js';
import { isCurrency } from './currency.js';
import { isLoose } from './evolve.js';
import { isMinor, MAX_MINOR } from './money.js';
import { owedOf, refundableOf } from './order.js';
import type { Order } from './order.js';
import type { Command, OrderCommand, RequestedLine } from './order-command.js';
import { isChannel, type Line, type RefundLine } from './order-event.js';
import { facts, nothingNew, refused } from './refusal.js';
import type { Decision, Refusal } from './refusal.js';

/**
 * What an order does when it is told something. Pure: same command, same state, same facts.
 *
 * What is told twice with the same content is `nothing-new` in every state of the order, also after a cancellation: it
 * has its effect already, and who asks again wants to hear that.
 */
export function decide(command: OrderCommand, order: Order): Decision {
  const malformed = problemOf(command);
  if (malformed) return refused(malformed);
  if (command.type === 'PlaceOrder') return place(command, order);
  if (order.status === 'none') return refused({ code: 'order-not-found' });
  if (command.type === 'ForgetCustomer') return forgetCustomer(command, order);
  if (isLoose(order)) return refused({ code: 'not-an-order' });
  if (command.type === 'ResolveHold') return resolveHold(command, order);
  if (order.hold?.decision === null)
    return refused({ code: 'order-on-hold', currency: order.currency, claims: order.hold.claims });
  switch (command.type) {
    case 'UpdateLines':
      return updateLines(command, order);
    case 'ApplyDiscount':
      return applyDiscount(command, order);
    case 'CapturePayment':
      return capturePayment(command, order);
    case 'InitiateRefund':
      return initiateRefund(command, order);
    case 'CompleteRefund':
      return completeRefund(command, order);
    case 'CancelOrder':
      return cancel(order);
  }
}

function place(command: Command<'PlaceOrder'>, order: Order): Decision {
  const { customerId, customer, channel = 'api', currency } = command;
  const lines = numbered(command.lines);
  const total = sum(lines);
  if (!isMinor(total)) return refused({ code: 'total-too-large', limit: MAX_MINOR });
  if (order.status !== 'none') {
    return refused({
      code: 'order-exists',
      existing: { currency: order.currency, placedTotal: order.placedTotal, total: order.total },
      requested: { currency, total },
      sameContent:
        order.customerId === customerId &&
        order.currency === currency &&
        sameLines(order.placedAs?.lines ?? order.lines, lines),
    });
  }
  return facts({ type: 'OrderPlaced', customerId, ...(customer && { customer }), channel, currency, lines, total });
}

function updateLines(command: Command<'UpdateLines'>, order: Order): Decision {
  const { currency, captured } = order;
  if (order.cancelled) return refused({ code: 'order-cancelled' });
  if (captured > 0) return refused({ code: 'lines-after-capture', currency, captured });
  const lines = numbered(command.lines);
  if (sameLines(order.lines, lines)) return nothingNew;
  const linesTotal = sum(lines);
  if (!isMinor(linesTotal)) return refused({ code: 'total-too-large', limit: MAX_MINOR });
  const discounts = sum(order.discounts);
  if (discounts > linesTotal) return refused({ code: 'discounts-exceed-total', currency, discounts, linesTotal });
  return facts({ type: 'OrderUpdated', currency, lines, total: linesTotal - discounts });
}

function applyDiscount({ code, amount }: Command<'ApplyDiscount'>, order: Order): Decision {
  const { currency, captured } = order;
  if (order.cancelled) return refused({ code: 'order-cancelled' });
  const used = order.discounts.find((discount) => discount.code === code);
  if (used) return refused({ code: 'discount-code-used', discountCode: code, currency, amount: used.amount });
  if (amount > order.total) return refused({ code: 'discount-exceeds-total', currency, total: order.total });
  const total = order.total - amount;
  if (total < captured) {
    return refused({ code: 'discount-below-captured', currency, total: order.total, captured });
  }
  const completed = captured > 0 && total === captured ? uncounted(order) : [];
  return facts({
    type: 'DiscountApplied',
    currency,
    code,
    amount,
    total,
    ...(completed.length > 0 && { completed }),
  });
}

function capturePayment({ paymentId, amount }: Command<'CapturePayment'>, order: Order): Decision {
  const { currency } = order;
  const known = order.payments.find((payment) => payment.paymentId === paymentId);
  if (known) {
    return known.amount === amount
      ? nothingNew
      : refused({ code: 'payment-id-used', paymentId, currency, amount: known.amount });
  }
  if (order.cancelled) return refused({ code: 'order-cancelled' });
  const owed = owedOf(order);
  if (amount > owed) return refused({ code: 'capture-exceeds-owed', currency, owed });
  return facts({ type: 'PaymentCaptured', currency, paymentId, amount, allocation: allocateCapture(order, amount) });
}

function initiateRefund(command: Command<'InitiateRefund'>, order: Order): Decision {
  const { refundId, amount, reason } = command;
  const { currency } = order;
  const asked = command.lines?.length ? command.lines : undefined;
  const known = order.refunds.find((refund) => refund.refundId === refundId);
  if (known) {
    return known.amount === amount && known.reason === reason && sameRefundLines(known.asked, asked)
      ? nothingNew
      : refused({ code: 'refund-id-used', refundId, currency, amount: known.amount });
  }
  if (order.cancelled) return refused({ code: 'order-cancelled' });
  const refundable = refundableOf(order);
  if (amount > refundable) return refused({ code: 'refund-exceeds-captured', currency, refundable });
  const allocation = asked ? allocateRefund(order, amount, asked) : spreadRefund(order, amount);
  if (!Array.isArray(allocation)) return refused(allocation);
  return facts({
    type: 'RefundInitiated',
    currency,
    refundId,
    amount,
    allocation,
    ...(asked && { asked: asked.map(asAsked) }),
    ...(reason !== undefined && { reason }),
  });
}

/** The one thing that may still happen to a cancelled order: money on its way back arrives. */
function completeRefund({ refundId }: Command<'CompleteRefund'>, order: Order): Decision {
  const refund = order.refunds.find((known) => known.refundId === refundId);
  if (!refund) return refused({ code: 'refund-not-found', refundId });
  if (refund.completed) return nothingNew;
  return facts({ type: 'RefundCompleted', refundId, currency: order.currency, amount: refund.amount });
}

function cancel(order: Order): Decision {
  const { currency, captured, refunded, total } = order;
  if (order.cancelled) return refused({ code: 'order-cancelled' });
  if (refundableOf(order) > 0) return refused({ code: 'captured-not-refunded', currency, captured, refunded });
  return facts({ type: 'OrderCancelled', currency, total });
}

function resolveHold({ decision, total }: Command<'ResolveHold'>, order: Order): Decision {
  const { currency, captured, hold } = order;
  if (hold?.decision !== null) {
    return hold?.decision === decision && (total ?? order.total) === order.total
      ? nothingNew
      : refused({ code: 'order-not-on-hold', decision: hold?.decision ?? null, currency, total: order.total });
  }
  if (total !== undefined && total < captured)
    return refused({ code: 'resolution-below-captured', currency, captured });
  return facts({ type: 'OrderHoldResolved', decision, total: total ?? null });
}

/** Whatever the order's status: that somebody is forgotten is no business of the order's. */
const forgetCustomer = ({ keyId }: Command<'ForgetCustomer'>, { customerId, customer }: Order): Decision =>
  customer?.keyId === keyId ? facts({ type: 'CustomerForgotten', customerId, keyId }) : nothingNew;

const numbered = (lines: readonly RequestedLine[]): Line[] =>
  lines.map(({ sku, quantity, unitPrice }, index) => ({
    line: index + 1,
    sku,
    quantity,
    unitPrice,
    amount: quantity * unitPrice,
  }));

const sum = (parts: readonly { amount: number }[]): number => parts.reduce((total, part) => total + part.amount, 0);

const sameLines = (a: readonly Line[], b: readonly Line[]): boolean =>
  a.length === b.length &&
  a.every((line, index) => {
    const other = b[index]!;
    return line.sku === other.sku && line.quantity === other.quantity && line.unitPrice === other.unitPrice;
  });

const sameRefundLines = (a: readonly RefundLine[] = [], b: readonly RefundLine[] = []): boolean =>
  a.length === b.length &&
  a.every((line, index) => {
    const other = b[index]!;
    return line.line === other.line && line.quantity === other.quantity && line.amount === other.amount;
  });

const asAsked = ({ line, quantity, amount }: RefundLine): RefundLine => ({
  line,
  quantity,
  ...(amount !== undefined && { amount }),
});

/** What no state of the order could make good: it is not well-formed. */
function problemOf(command: OrderCommand): Refusal | undefined {
  switch (command.type) {
    case 'PlaceOrder':
      return (
        textProblem('customerId', command.customerId) ??
        (command.channel === undefined || isChannel(command.channel)
          ? undefined
          : invalid('channel', 'must be 1 to 32 of a-z 0-9 -')) ??
        (isCurrency(command.currency)
          ? undefined
          : invalid('currency', 'must be the code of a currency in use, by ISO 4217')) ??
        linesProblem(command.lines)
      );
    case 'UpdateLines':
      return linesProblem(command.lines);
    case 'ApplyDiscount':
      return textProblem('code', command.code) ?? amountProblem('amount', command.amount, 1);
    case 'CapturePayment':
      return textProblem('paymentId', command.paymentId) ?? amountProblem('amount', command.amount, 1);
    case 'InitiateRefund':
      return (
        textProblem('refundId', command.refundId) ??
        amountProblem('amount', command.amount, 1) ??
        firstProblem(
          command.lines ?? [],
          (line, at) =>
            wholeProblem(`${at}.line`, line.line, 0) ??
            wholeProblem(`${at}.quantity`, line.quantity, 0) ??
            (line.amount === undefined ? undefined : amountProblem(`${at}.amount`, line.amount, 0)),
        )
      );
    case 'CompleteRefund':
      return textProblem('refundId', command.refundId);
    case 'CancelOrder':
      return undefined;
    case 'ForgetCustomer':
      return textProblem('keyId', command.keyId);
    case 'ResolveHold':
      return (
        textProblem('decision', command.decision) ??
        (command.total === undefined ? undefined : amountProblem('total', command.total, 0))
      );
  }
}

const linesProblem = (lines: readonly RequestedLine[]): Refusal | undefined =>
  lines.length === 0
    ? invalid('lines', 'must have at least one line')
    : firstProblem(
        lines,
        (line, at) =>
          textProblem(`${at}.sku`, line.sku) ??
          wholeProblem(`${at}.quantity`, line.quantity, 1) ??
          amountProblem(`${at}.unitPrice`, line.unitPrice, 0),
      );

function firstProblem<T>(
  lines: readonly T[],
  problem: (line: T, at: string) => Refusal | undefined,
): Refusal | undefined {
  for (const [index, line] of lines.entries()) {
    const found = problem(line, `lines[${index}]`);
    if (found) return found;
  }
  return undefined;
}

const invalid = (field: string, problem: string): Refusal => ({ code: 'invalid-command', field, problem });

const textProblem = (field: string, text: string): Refusal | undefined =>
  text === '' ? invalid(field, 'must not be empty') : undefined;

const wholeProblem = (field: string, value: number, least: number): Refusal | undefined =>
  Number.isSafeInteger(value) && value >= least ? undefined : invalid(field, `must be a whole number from ${least} up`);

const amountProblem = (field: string, value: number, least: number): Refusal | undefined =>
  isMinor(value) && value >= least
    ? undefined
    : invalid(field, `must be a whole number of minor units from ${least} to ${MAX_MINOR}`);
