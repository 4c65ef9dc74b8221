import { describe, expect, it } from '@jest/globals';
import { noHash } from '@orderlog/event-store';
import { toStored } from '@orderlog/order-contract';
import { nothingLogged, type OrderEvent } from '@orderlog/order-domain';
import type { HeardOfOrder, KeptFinding } from './audit-by-order.sql.js';
import { compareFindings } from './verify-findings.js';

type Heard = HeardOfOrder['facts'][number];

const placed = (total: number): OrderEvent => ({
  ...{ type: 'OrderPlaced', customerId: 'c', channel: 'api', currency: 'GBP', total },
  lines: [{ line: 1, sku: 'TEA', quantity: 1, unitPrice: total, amount: total }],
});
const captured = (amount: number): OrderEvent => ({
  ...{ type: 'PaymentCaptured', currency: 'GBP', paymentId: 'p', amount },
  allocation: [{ line: 1, sku: 'TEA', quantity: 1, amount }],
});
const refunded = (amount: number): OrderEvent => ({
  ...{ type: 'RefundInitiated', currency: 'GBP', refundId: 'r', amount },
  allocation: [{ line: 1, sku: 'TEA', quantity: 0, amount }],
});
const row = { total: 1, status: 'paid', origin: 'orders.csv:1' };
const gap = { kind: 'value-jumped' as const, after: 'log:1', before: 'log:2', what: 'total jumped' };
const imported = (more: Partial<Extract<OrderEvent, { type: 'OrderImported' }>>): OrderEvent => ({
  ...{ type: 'OrderImported', customerId: null, currency: 'GBP', total: 1, captured: 0, refunded: 0, claims: [row] },
  ...nothingLogged,
  ...more,
});
const decided: OrderEvent = { type: 'OrderHoldResolved', decision: 'as it is', total: null };
const again: OrderEvent = {
  type: 'OrderImportedAgain',
  currency: 'GBP',
  claims: [row],
  contradicts: true,
  ...nothingLogged,
};

const hashAt = (version: number): Buffer => Buffer.alloc(32, version);
const heard = (version: number, fact: OrderEvent, more: Partial<Heard> = {}): Heard => ({
  ...{ version, digest: hashAt(version).toString('hex'), hash: hashAt(version), hashHolds: true },
  previousHash: version === 1 ? noHash : hashAt(version - 1),
  ...(toStored(fact) as Pick<Heard, 'type' | 'schemaVersion'> & { data: Heard['data'] }),
  ...more,
});

/** Of an order as the audit has heard it: what it should have found, where it keeps nothing. */
const missing = (facts: Heard[], more: Partial<HeardOfOrder> = {}): string[] =>
  compareFindings({ order: 'o', facts, duplicates: [], tombstones: [], findings: [], ...more }).map(({ what }) =>
    what.replace(/^the finding (.*) is missing among the audit’s$/, '$1'),
  );

describe('what the audit has to find', () => {
  it.each<[string, Heard[], string[]]>([
    ['a sound order', [heard(1, placed(100)), heard(2, captured(100)), heard(3, refunded(100))], []],
    [
      'more captured than there is',
      [heard(1, placed(100)), heard(2, captured(60)), heard(3, captured(60))],
      ['captured-over-total v3'],
    ],
    [
      'more refunded than captured',
      [heard(1, placed(100)), heard(2, captured(50)), heard(3, refunded(51))],
      ['refunded-over-captured v3'],
    ],
    [
      'a fact that does not follow',
      [heard(1, placed(1)), heard(2, captured(1), { previousHash: hashAt(9) })],
      ['broken-chain v2'],
    ],
    ['no beginning', [heard(1, placed(1), { previousHash: hashAt(9) })], ['broken-chain v1']],
    [
      'another hash',
      [heard(1, placed(1), { hashHolds: false, digest: 'ab'.repeat(32) })],
      ['hash-mismatch v1/abababababab'],
    ],
    ['two contents', [heard(1, placed(1)), heard(1, placed(2), { digest: 'ff' })], ['content-differs v1']],
    ['a version that is missing', [heard(1, placed(9)), heard(3, captured(1))], ['gap v2']],
    ['versions that are missing', [heard(4, placed(9))], ['gap v1-v3']],
    ['rows that contradict', [heard(1, imported({ claims: [row, { ...row, total: 2 }] }))], ['conflicting-claims v1']],
    ['rows that say the same', [heard(1, imported({ claims: [row, row] }))], []],
    [
      'a decision, and a contradiction after it',
      [heard(1, imported({})), heard(2, decided), heard(3, again)],
      ['conflicting-claims v3'],
    ],
    ['a contradiction that was decided', [heard(1, imported({})), heard(2, again), heard(3, decided)], []],
    ['a log with gaps', [heard(1, imported({ gaps: [gap, gap] }))], ['evidence-gap v1/1', 'evidence-gap v1/2']],
    ['an import that was paid above its total', [heard(1, imported({ captured: 5 }))], []],
    ['a type that nobody knew', [heard(1, placed(1), { type: 'Tomorrow', data: null, hashHolds: null })], []],
  ])('%s', (_what, facts, wanted) => expect(missing(facts)).toEqual(wanted));

  it('is also what was attempted under its ID, and what somebody wanted to be deleted', () =>
    expect(
      missing([], {
        duplicates: [
          {
            commandId: 'cmd',
            actor: null,
            currency: 'GBP',
            amount: 1,
            existingTotal: 2,
            existingCurrency: null,
            attemptedAt: 1_000_000,
          },
        ],
        tombstones: [{ version: 1, topic: 't', partition: 3, offset: 9 }],
      }),
    ).toEqual(['duplicate-order cmd', 'tombstone v1 at 3/9']));
});

describe('what the audit keeps of an attempt under its ID', () => {
  const duplicate = {
    ...{ commandId: 'cmd', actor: null, currency: 'JPY', amount: 1, existingTotal: 2, attemptedAt: 1_000_000 },
    existingCurrency: 'GBP',
  };
  const detail = {
    ...{ commandId: 'cmd', actor: null, currency: 'JPY', attemptedTotal: 1, existingTotal: 2 },
    ...{ existingCurrency: 'GBP', attemptedAt: '1970-01-01T00:00:01.000000Z' },
  };
  const compared = (
    kept: Record<string, unknown>,
    heard: typeof duplicate | (Omit<typeof duplicate, 'existingCurrency'> & { existingCurrency: null }),
  ) =>
    compareFindings({
      ...{ order: 'o', facts: [], duplicates: [heard], tombstones: [] },
      findings: [{ kind: 'duplicate-order', subject: 'cmd', detail: kept, open: true }],
    });
  const { existingCurrency: _said, ...before } = detail;

  it('is compared, with the currency of the order that is there', () => {
    expect(compared(detail, duplicate)).toEqual([]);
    expect(compared({ ...detail, existingCurrency: 'EUR' }, duplicate)).toHaveLength(1);
  });
  it('holds as it was found before that currency was kept, where both are the same', () =>
    expect(compared(before, { ...duplicate, existingCurrency: null })).toEqual([]));
});

describe('what the audit keeps of it', () => {
  const facts = [heard(1, placed(100)), heard(2, captured(160))];
  const kept: KeptFinding = {
    ...{ kind: 'captured-over-total', subject: 'v2', detail: { version: 2, captured: 160, total: 100 }, open: true },
  };
  const compared = (findings: KeptFinding[]) =>
    compareFindings({ order: 'o', facts, duplicates: [], tombstones: [], findings });

  it('is compared', () => expect(compared([kept])).toEqual([]));
  it('is named where it was taken away', () =>
    expect(compared([])).toEqual([
      { version: 2, what: 'the finding captured-over-total v2 is missing among the audit’s' },
    ]));
  it('is named where another was put in', () =>
    expect(compared([kept, { ...kept, kind: 'gap', subject: 'v3' }])).toEqual([
      { version: 2, what: 'the audit has the finding gap v3, which nothing that it has heard bears out' },
    ]));
  it('is named where it was marked as resolved', () =>
    expect(compared([{ ...kept, open: false }])).toEqual([
      { version: 2, what: 'the audit says that the finding captured-over-total v2 is resolved, and it is still so' },
    ]));
  it('is named where it was changed', () =>
    expect(compared([{ ...kept, detail: { ...kept.detail, captured: 101 } }])).toEqual([
      {
        version: 2,
        what: 'of the finding captured-over-total v2 the audit says captured 101, and what it has heard 160',
      },
    ]));
  it('may be what was so once, and is resolved', () =>
    expect(compared([kept, { kind: 'gap', subject: 'v1', detail: { from: 1, to: 1 }, open: false }])).toEqual([]));
});
