/**
 * # order-domain: the rules of an order
 * An order is told something (a command), says what that makes happen (facts) or why not (a refusal), and is what its
 * facts have made of it. Three pure functions; nothing here reads a clock, a table or a network, and nothing throws for
 * what a caller may well have meant.
 *     decide(command, order)  →  { outcome: 'facts', facts } | { outcome: 'refused', refusal } | { outcome: 'nothing-new' }
 *     evolve(order, fact)     →  order           fold(facts)  →  order
 *     foldAsOf(facts, instant)                   what was true then, by when it happened
 *     differenceOf(before, after)                what a fact changed, as a person reads it
 *
 * Promised, whatever the commands: captured never exceeds the total, refunded never what was captured; a capture's and a
 * refund's parts add up to the penny; no line is captured above its share nor refunded above what was captured on it;
 * facts fold to the state that `decide` saw. Amounts are whole minor units up to 2^53 − 2 (money.ts).
 *
 * Start reading at decide.ts; how money falls on lines: allocation.ts; every refusal: refusal.ts.
 */
export { sharesOf, allocateCapture, tallyOf } from './allocation.js';
export { foldAsOf, type TimedFact } from './as-of.js';
export { claimText, isNotInTable, notInTable } from './claim-text.js';
export { formatAmount, formatMoney, isCurrency, minorDigits } from './currency.js';
export { decide } from './decide.js';
export { differenceOf, type Change } from './difference.js';
export { contradict, evolve, fold, isLoose } from './evolve.js';
export { add, allocate, isMinor, MAX_MINOR, subtract } from './money.js';
export { hasRightToLeft } from './right-to-left.js';
export * from './order-command.js';
export * from './order-event.js';
export * from './order.js';
export type { Decision, Refusal, RefusalCode } from './refusal.js';
