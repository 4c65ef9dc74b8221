import { describe, expect, it } from '@jest/globals';
import {
  decide,
  emptyOrder,
  fold,
  nothingLogged,
  type Order,
  type OrderCommand,
  type OrderEvent,
} from '@orderlog/order-domain';
import { noHash } from './canonical-document.js';
import { ContractError } from './contract-error.js';
import { avroType, checkpointEncoder, messageEncoder } from './encoder.js';
import type { OrderStateMessage } from './messages.generated.js';
import { attemptMessage, messagesOf } from './messages-of.js';
import type { RecordedFact } from './recorded-fact.js';
import { toStored } from './stored-fact.js';
import { topicNames, type SchemaName } from './topics.js';

const encoder = messageEncoder({ OrderEvent: 7, OrderState: 8, OrderAttempt: 9 });
const topics = topicNames();

function told(...commands: OrderCommand[]): { facts: OrderEvent[]; order: Order } {
  let order = emptyOrder;
  const facts = commands.flatMap((command) => {
    const decision = decide(command, order);
    if (decision.outcome !== 'facts') throw new Error(JSON.stringify(decision));
    order = fold(decision.facts, order);
    return decision.facts;
  });
  return { facts, order };
}

const recorded = (fact: OrderEvent, version: number): RecordedFact => ({
  ...toStored(fact),
  eventId: `event-${version}`,
  metadata: { actor: 'agent 17' },
  occurredAt: 1_000 + version,
  recordedAt: 2_000 + version,
  position: 40 + version,
  stream: 'order-8471',
  version,
  previousHash: noHash,
  hash: noHash,
});

const { facts, order } = told(
  {
    type: 'PlaceOrder',
    customerId: 'c-1',
    customer: { keyId: 'k-1', sealed: 'AAAA' },
    currency: 'GBP',
    lines: [
      { sku: 'TEAPOT', quantity: 1, unitPrice: 49_99 },
      { sku: 'CUP', quantity: 4, unitPrice: 10_00 },
    ],
  },
  { type: 'ApplyDiscount', code: 'SAVE10', amount: 10_00 },
  { type: 'CapturePayment', paymentId: 'p-1', amount: 79_99 },
  { type: 'InitiateRefund', refundId: 'r-1', amount: 10_00, lines: [{ line: 2, quantity: 1 }] },
);
const history = facts.map((fact, index) => recorded(fact, index + 1));
const read = (name: SchemaName, payload: Buffer | null): unknown => avroType(name).fromBuffer(payload!.subarray(5));

describe('the messages of an append', () => {
  const messages = messagesOf(history, order, encoder, topics, { traceparent: '00-aa-bb-01' });

  it('are one for each fact, with a key of its own, and one of the state after them', () => {
    expect(messages.map(({ topic, key, type, position }) => [topic, key, type, position])).toEqual([
      ['orders.events.v1', 'order-8471:1', 'OrderPlaced', 41],
      ['orders.events.v1', 'order-8471:2', 'DiscountApplied', 42],
      ['orders.events.v1', 'order-8471:3', 'PaymentCaptured', 43],
      ['orders.events.v1', 'order-8471:4', 'RefundInitiated', 44],
      ['orders.state.v1', 'order-8471', 'OrderState', null],
    ]);
  });

  it('stand on one partition, the one of the order, at the time when the store learned of them', () => {
    expect(new Set(messages.map(({ partition }) => partition))).toEqual(new Set([2]));
    expect(messages.map(({ timestamp }) => timestamp)).toEqual([2_001, 2_002, 2_003, 2_004, 2_004]);
    expect(new Set(messages.map(({ aggregateId }) => aggregateId))).toEqual(new Set(['order-8471']));
  });

  it('say in their headers which fact they carry, and belong to the trace of the request', () => {
    expect(messages[1]!.headers).toEqual({
      'event-id': 'event-2',
      'event-type': 'DiscountApplied',
      'order-id': 'order-8471',
      'order-version': '2',
      'event-position': '42',
      traceparent: '00-aa-bb-01',
    });
    expect(messages[4]!.headers).toMatchObject({ 'event-id': 'event-4', 'order-version': '4', 'event-position': '44' });
    expect(messagesOf(history, order, encoder, topics)[0]!.headers).not.toHaveProperty('traceparent');
  });

  it('carry the state in full', () => {
    expect(read('OrderState', messages[4]!.payload)).toEqual({
      orderId: 'order-8471',
      version: 4,
      status: 'partly-refunded',
      customerId: 'c-1',
      customer: { keyId: 'k-1', sealed: 'AAAA' },
      channel: 'api',
      currency: 'GBP',
      lines: [
        {
          line: 1,
          sku: 'TEAPOT',
          quantity: 1,
          unitPrice: 49_99,
          amount: 49_99,
          share: 44_43,
          captured: 44_43,
          refunded: 0,
          unitsReturned: 0,
        },
        {
          line: 2,
          sku: 'CUP',
          quantity: 4,
          unitPrice: 10_00,
          amount: 40_00,
          share: 35_56,
          captured: 35_56,
          refunded: 10_00,
          unitsReturned: 1,
        },
      ],
      discounts: [{ code: 'SAVE10', amount: 10_00 }],
      discountCount: 1,
      total: 79_99,
      captured: 79_99,
      refunded: 10_00,
      owed: 0,
      payments: [{ paymentId: 'p-1', amount: 79_99 }],
      paymentCount: 1,
      refunds: [{ refundId: 'r-1', amount: 10_00, completed: false }],
      refundCount: 1,
      looseAmount: 0,
      importedFromState: false,
      placedAt: 1_001,
      updatedAt: 1_004,
      recordedAt: 2_004,
    });
  });

  it('want to be told when the order was placed, where that is not among them', () => {
    expect(() => messagesOf(history.slice(1), order, encoder, topics)).toThrow('placedAt');
    const later = messagesOf(history.slice(1), order, encoder, topics, { placedAt: 1_001 });
    expect(read('OrderState', later.at(-1)!.payload)).toMatchObject({ placedAt: 1_001, version: 4 });
  });

  it('are none where nothing happened', () => expect(messagesOf([], order, encoder, topics)).toEqual([]));

  it('are refused together where one is too large for the broker', () => {
    const large = recorded({ ...facts[1]!, code: 'x'.repeat(999_900) } as OrderEvent, 2);
    expect(() => messagesOf([history[0]!, large], order, encoder, topics)).toThrow(ContractError);
  });
});

it('a state stays small, however often money came in', () => {
  const payments = Array.from({ length: 20_000 }, (_, n) => ({ paymentId: `p-${n}`, amount: 1, allocation: [] }));
  const state = encoder.state(
    { ...order, payments },
    { orderId: 'order-8471', version: 20_001, placedAt: 1, updatedAt: 2, recordedAt: 3 },
  );
  expect(state.length).toBeLessThan(5_000);
  const { payments: listed, paymentCount } = read('OrderState', state) as OrderStateMessage;
  expect([listed.length, listed.at(-1)!.paymentId, paymentCount]).toEqual([100, 'p-19999', 20_000]);
});

it('an imported order and a return have a state too', () => {
  const imported: OrderEvent = {
    type: 'OrderImported',
    customerId: null,
    currency: 'GBP',
    total: 50_00,
    captured: 20_00,
    refunded: 0,
    claims: [{ total: 50_00, status: 'placed', origin: 'orders.csv:2' }],
    ...nothingLogged,
  };
  const state = (fact: OrderEvent) =>
    read('OrderState', messagesOf([recorded(fact, 1)], fold([fact]), encoder, topics)[1]!.payload);
  expect(state(imported)).toMatchObject({
    customerId: null,
    customer: null,
    importedFromState: true,
    owed: 30_00,
    lines: [{ line: 0, sku: '(unknown)', quantity: 0, share: 50_00, captured: 20_00 }],
  });
  const line = { line: 1, sku: 'TEAPOT', quantity: 1, unitPrice: 9_95, amount: 9_95 };
  expect(
    state({ type: 'ReturnRecorded', customerId: null, currency: 'GBP', lines: [line], amount: 9_95 }),
  ).toMatchObject({ status: 'refunded', looseAmount: -9_95, total: 0, lines: [] });
});

it('an attempt stands beside its order, under the command that made it', () => {
  const attempt = {
    attemptId: 'attempt-1',
    orderId: 'order-8471',
    commandId: 'command-9',
    command: 'PlaceOrder',
    refusal: 'order-exists',
    attemptedAt: 5_000,
    orderVersion: 4,
    currency: 'GBP',
    amount: 89_99,
    existingTotal: 79_99,
    sameContent: false,
  };
  const message = attemptMessage(attempt, encoder, topics);
  expect(message).toMatchObject({
    topic: 'orders.attempts.v1',
    key: 'order-8471:command-9',
    partition: 2,
    timestamp: 5_000,
    position: null,
    headers: { 'event-id': 'attempt-1', 'event-type': 'OrderAttempt', 'order-id': 'order-8471', 'order-version': '4' },
  });
  expect(read('OrderAttempt', message.payload)).toMatchObject({ ...attempt, actor: null, allowed: null });
});

it('a checkpoint is encoded with its own schema', () => {
  const checkpoint = {
    treeSize: 3,
    rootHash: noHash,
    issuedAt: 1,
    keyId: 'k',
    signature: Buffer.alloc(64),
    origin: 'o',
  };
  const message = checkpointEncoder(11)(checkpoint);
  expect(message.readInt32BE(1)).toBe(11);
  expect(read('Checkpoint', message)).toEqual(checkpoint);
});
