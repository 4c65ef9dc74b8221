import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '@orderlog/event-store';
import { formatInstant, now, parseInstant } from '@orderlog/instant';
import { checkDossier, toStored } from '@orderlog/order-contract';
import { nothingLogged } from '@orderlog/order-domain';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
beforeAll(async () => {
  service = await runningService();
}, 60_000);
afterAll(() => service.stop(), 30_000);

const { newId, place, placed, discount, capture, refund, complete, read, history, call, update } = telling(
  () => service,
);

/** The instant after one, as a query has it. */
const justAfter = (text: string, microseconds = 0): string =>
  encodeURIComponent(formatInstant((parseInstant(text) as number) + microseconds));

describe('an order at a version', () => {
  it('is as it was right after that fact, with its ETag', async () => {
    const id = await placed(8999);
    const first = (await read(id)).body;
    const second = (await discount(id, 'SAVE10', 1000)).body;
    await capture(id, 'p-1', 7999);
    expect(await read(id, '?version=1')).toMatchObject({ status: 200, etag: '"1"', body: first });
    expect(await read(id, '?version=2')).toMatchObject({ status: 200, etag: '"2"', body: second });
    expect(await read(id, '?version=3')).toMatchObject({ etag: '"3"', body: { status: 'captured' } });
  });

  it('above the head is 404, and says where the head is', async () => {
    expect(await read(await placed(), '?version=2')).toMatchObject({
      status: 404,
      body: { type: problemType('not-yet-there'), currentVersion: 1 },
    });
  });

  it('stands alone', async () => {
    const id = await placed();
    for (const other of ['at', 'asOf']) {
      expect(await read(id, `?version=1&${other}=2024-01-01T00:00:00Z`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'version', in: 'query' }] },
      });
    }
  });
});

describe('an order at an instant (what we knew)', () => {
  it('is what was recorded by then, to the microsecond, and never changes', async () => {
    const id = await placed(8999);
    const { body: known } = await discount(id, 'SAVE10', 1000);
    await discount(id, 'LATE', 500, { occurredAt: String(known['placedAt']) });
    const recordedAt = String(known['recordedAt']);
    expect(await read(id, `?at=${justAfter(recordedAt)}`)).toMatchObject({ etag: '"2"', body: { total: 7999 } });
    expect(await read(id, `?at=${justAfter(recordedAt, -1)}`)).toMatchObject({ etag: '"1"', body: { total: 8999 } });
    expect((await read(id, `?at=${justAfter(recordedAt)}`)).body).toMatchObject({ at: recordedAt });
  });

  it('does not change when a fact was on its way as it was asked, here or in another process', async () => {
    const id = await placed(8999);
    const another = await service.another();
    const elsewhere = telling(() => another);
    let placing = true;
    const asked: { at: string; version: number }[] = [];
    const ask = async (): Promise<void> => {
      while (placing) {
        const at = formatInstant(now());
        const { body } = await read(id, `?at=${at}`);
        asked.push({ at, version: body.version });
      }
    };
    const asking = [ask(), ask(), ask()];
    await Promise.all(
      [discount, elsewhere.discount].map(async (told, process) => {
        for (let n = 0; n < 75; n += 1) await told(id, `c-${process}-${n}`, 1);
      }),
    );
    placing = false;
    await Promise.all(asking);
    await another.stop();
    expect(asked.length).toBeGreaterThan(50);
    for (const { at, version } of asked) {
      expect({ at, version: (await read(id, `?at=${at}`)).body.version }).toEqual({ at, version });
    }
  }, 60_000);

  it('is 404 before we knew of it', async () => {
    const id = await placed(8999, { occurredAt: '2020-01-01T00:00:00Z' });
    expect(await read(id, '?at=2020-06-01T00:00:00Z')).toMatchObject({
      status: 404,
      body: { type: problemType('not-yet-there') },
    });
  });
});

describe('an order as of an instant (what was true)', () => {
  it('goes by when it happened, also where we learned of it late', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    await discount(id, 'MARCH', 1000, { occurredAt: '2024-03-01T00:00:00Z' });
    await discount(id, 'FEBRUARY', 500, { occurredAt: '2024-02-01T00:00:00Z' });
    expect(await read(id, '?asOf=2024-01-15T00:00:00Z')).toMatchObject({ etag: '"1-of-3"', body: { total: 8999 } });
    expect(await read(id, '?asOf=2024-02-15T00:00:00Z')).toMatchObject({
      body: { total: 8499, discounts: [{ code: 'FEBRUARY' }], notApplicable: [], asOf: '2024-02-15T00:00:00.000000Z' },
    });
    expect((await read(id, '?asOf=2024-03-15T00:00:00Z')).body).toMatchObject({
      total: 7499,
      discounts: [{ code: 'FEBRUARY' }, { code: 'MARCH' }],
      updatedAt: '2024-03-01T00:00:00.000000Z',
    });
  });

  it('lists a fact that makes no sense then, and does not fail', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    await capture(id, 'p-1', 8999, { occurredAt: '2024-05-01T00:00:00Z' });
    await refund(id, 'r-1', 100, { occurredAt: '2024-04-01T00:00:00Z' });
    expect(await read(id, '?asOf=2024-04-15T00:00:00Z')).toMatchObject({
      status: 200,
      body: {
        refunded: 0,
        notApplicable: [{ version: 3, type: 'RefundInitiated', occurredAt: '2024-04-01T00:00:00.000000Z' }],
      },
    });
  });

  it('is 404 before it existed', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    expect(await read(id, '?asOf=2023-12-31T23:59:59.999999Z')).toMatchObject({ status: 404 });
    expect(await read(id, '?asOf=2024-01-01T00:00:00Z')).toMatchObject({ status: 200 });
  });

  it('may be combined with what we knew at an instant', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    const { body: known } = await discount(id, 'MARCH', 1000, { occurredAt: '2024-03-01T00:00:00Z' });
    await discount(id, 'FEBRUARY', 500, { occurredAt: '2024-02-01T00:00:00Z' });
    const at = justAfter(String(known['recordedAt']));
    expect((await read(id, `?at=${at}&asOf=2024-02-15T00:00:00Z`)).body.total).toBe(8999);
    expect((await read(id, `?at=${at}&asOf=2024-03-15T00:00:00Z`)).body.total).toBe(7999);
  });
});

describe('a copy that a caller has of an order', () => {
  const ask = (id: string, query: string, ifNoneMatch: string, method = 'GET') =>
    call(method, `/orders/${id}${query}`, undefined, { 'if-none-match': ifNoneMatch });

  it('is good until the next fact', async () => {
    const id = await placed(8999);
    const { etag } = await read(id);
    for (const tags of [etag!, `W/${etag}`, `"9", ${etag}`, '*']) {
      const answer = await ask(id, '', tags);
      expect(answer).toMatchObject({ status: 304, etag, body: { text: '' } });
      expect(answer.headers.get('cache-control')).toBe('private, no-cache');
      expect(answer.headers.get('content-type')).toBeNull();
      expect(await ask(id, '', tags, 'HEAD')).toMatchObject({ status: 304, etag });
    }
    await discount(id, 'SAVE10', 1000);
    expect(await ask(id, '', etag!)).toMatchObject({ status: 200, etag: '"2"', body: { total: 7999 } });
    expect(await ask(id, '?version=1', etag!)).toMatchObject({ status: 304 });
    expect(await ask(id, '', etag!, 'HEAD')).toMatchObject({ status: 200, etag: '"2"', body: { text: '' } });
  });

  it('is good for ever of what we knew at an instant', async () => {
    const id = await placed(8999);
    const at = `?at=${formatInstant(now())}`;
    const { etag } = await read(id, at);
    await discount(id, 'SAVE10', 1000);
    expect(await ask(id, at, etag!)).toMatchObject({ status: 304 });
  });

  it('of what was true at an instant serves If-Match only where all facts are in it', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    await discount(id, 'MARCH', 1000, { occurredAt: '2024-03-01T00:00:00Z' });
    await discount(id, 'FEBRUARY', 500, { occurredAt: '2024-02-01T00:00:00Z' });
    const capturing = (ifMatch: string) => capture(id, 'p-1', 1, {}, { 'if-match': ifMatch });
    const without = await read(id, '?asOf=2024-02-15T00:00:00Z');
    expect(without).toMatchObject({ etag: '"3-of-3"', body: { version: 3, total: 8499 } });
    expect(await capturing(without.etag!)).toMatchObject({ status: 412 });
    const all = await read(id, '?asOf=2024-03-01T00:00:00Z');
    expect(all).toMatchObject({ etag: '"3"', body: { total: 7499 } });
    expect(await capturing(all.etag!)).toMatchObject({ status: 201 });
  });

  it('of what was true at an instant is none once we learn of more, though the version there stays the same', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    await discount(id, 'MARCH', 1000, { occurredAt: '2024-03-01T00:00:00Z' });
    const then = '?asOf=2024-02-15T00:00:00Z';
    const before = await read(id, then);
    expect(await ask(id, then, before.etag!)).toMatchObject({ status: 304 });
    await capture(id, 'p-1', 7999, { occurredAt: '2024-02-01T00:00:00Z' });
    await refund(id, 'r-1', 7999, { occurredAt: '2024-01-15T00:00:00Z' });
    const after = await ask(id, then, before.etag!);
    expect(after).toMatchObject({ status: 200, body: { notApplicable: [{ version: 4 }] } });
    expect(after.body.version).toBe(3);
    await complete(id, 'r-1');
    expect(await ask(id, then, after.etag!)).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('is none where it says who the customer is', async () => {
    const id = await placed(8999, { customer: { name: 'Ada Lovelace' } });
    const { etag } = await read(id);
    expect(await ask(id, '', etag!)).toMatchObject({ status: 200, body: { customer: { name: 'Ada Lovelace' } } });
  });

  it('of an order that there is not is no answer', async () => {
    expect(await ask(newId(), '', '*')).toMatchObject({ status: 404 });
  });
});

describe('a time', () => {
  it('in the future is 400', async () => {
    const id = await placed();
    for (const query of ['at=2999-01-01T00:00:00Z', 'asOf=2999-01-01T00:00:00Z']) {
      expect(await read(id, `?${query}`)).toMatchObject({
        status: 400,
        body: { errors: [{ problem: 'is in the future' }] },
      });
    }
  });

  it('needs a zone', async () => {
    expect(await read(await placed(), '?at=2024-01-01T00:00:00')).toMatchObject({
      status: 400,
      body: {
        errors: [{ field: 'at', problem: 'is no time with a zone', remedy: expect.stringContaining('as 2026-') }],
      },
    });
  });

  it.each(['2023-02-29T00:00:00Z', '2023-01-01T24:00:00Z', '2016-12-31T23:59:60Z', '2023-01-01T00:00:00+24:00'])(
    'that does not exist is 400, and not the one after it: %s',
    async (at) => {
      expect(await read(await placed(), `?at=${at}`)).toMatchObject({
        status: 400,
        body: { errors: [{ field: 'at', problem: 'is a time that does not exist' }] },
      });
    },
  );

  it('may have any zone, and a + that nobody encoded', async () => {
    const id = await placed(8999, { occurredAt: '2024-01-01T00:00:00Z' });
    for (const asOf of ['2024-01-01T01:00:00+01:00', '2024-01-01T01:00:00%2B01:00', '2023-12-31T19:00:00-05:00']) {
      expect(await read(id, `?asOf=${asOf}`)).toMatchObject({
        status: 200,
        body: { asOf: '2024-01-01T00:00:00.000000Z' },
      });
    }
  });
});

describe('an order imported on hold', () => {
  it('shows its claims, takes a decision once, and goes on with its total', async () => {
    const id = newId();
    await importOnHold(id);
    expect((await read(id)).body).toMatchObject({
      status: 'on-hold',
      historyBeforeUnknown: true,
      hold: { decision: null, claims: [{ total: 8999 }, { total: 7999 }] },
    });
    expect(await capture(id, 'p-1', 1)).toMatchObject({
      status: 422,
      body: { type: problemType('order-on-hold'), currency: 'GBP', claims: [{ total: 8999 }, { total: 7999 }] },
    });
    const resolve = (total: number) =>
      call('POST', `/orders/${id}/resolution`, { decision: 'the shop is right', total, reason: 'receipt' });
    expect(await resolve(7999)).toMatchObject({
      status: 200,
      body: { status: 'placed', total: 7999, hold: { decision: 'the shop is right' } },
    });
    expect(await resolve(7999)).toMatchObject({ status: 200, etag: '"2"', body: { total: 7999 } });
    expect(await resolve(8999)).toMatchObject({
      status: 422,
      body: { type: problemType('order-not-on-hold'), decision: 'the shop is right', currency: 'GBP', total: 7999 },
    });
    expect(await capture(id, 'p-1', 7999)).toMatchObject({ status: 201, body: { status: 'captured' } });
  });

  it('is marked in every state, past ones too: its history before is unknown', async () => {
    const id = newId();
    await importOnHold(id);
    await call('POST', `/orders/${id}/resolution`, { decision: 'the shop is right', total: 7999, reason: 'receipt' });
    const historyBefore = {
      ...{ known: false, before: '2024-01-01T00:00:00.000000Z', evidence: 5, gaps: 1 },
      origins: ['orders.csv:17', 'orders.csv:18'],
    };
    for (const query of [
      '',
      '?version=1',
      '?version=2',
      '?asOf=2024-01-01T00:00:00Z',
      `?at=${justAfter(formatInstant(now()), -1)}`,
    ]) {
      expect((await read(id, query)).body).toMatchObject({ historyBefore });
    }
    expect((await history(id)).body).toMatchObject({ historyBefore });
    expect((await history(id, '?afterVersion=1')).body).toMatchObject({ historyBefore });
  });

  it('answers of the time before that nobody knows, which is not that it was not there', async () => {
    const id = newId();
    await importOnHold(id);
    for (const query of [
      '?asOf=2023-12-31T23:59:59Z',
      '?at=2024-06-01T00:00:00Z',
      '?at=2024-06-01T00:00:00Z&asOf=2024-06-01T00:00:00Z',
    ]) {
      expect(await read(id, query)).toMatchObject({
        status: 404,
        body: {
          type: problemType('history-unknown'),
          historyBefore: { known: false, before: '2024-01-01T00:00:00.000000Z' },
        },
      });
    }
    expect(await read(id, '?version=2')).toMatchObject({ status: 404, body: { type: problemType('not-yet-there') } });
  });

  it('has what a log beside its table says in its events, with the gaps, and claims with their times', async () => {
    const id = newId();
    await importOnHold(id);
    expect((await history(id)).body.facts).toMatchObject([
      {
        difference: expect.arrayContaining([
          { what: 'claim of orders.csv:18', before: null, after: '79.99 GBP, open', text: expect.any(String) },
        ]),
        logged: {
          evidence: [
            { at: null, actor: null, what: 'row made: total 89.99 GBP, status open', origin: 'audit_log.csv:2' },
            { at: '1970-01-01T00:00:00.000000Z', actor: 'web' },
          ],
          evidenceLeftOut: 3,
          gaps: [{ kind: 'value-jumped', after: 'audit_log.csv:2', before: 'audit_log.csv:3' }],
        },
      },
    ]);
    const held = await capture(id, 'p-1', 1);
    expect(held.body['claims']).toEqual([
      { total: 8999, status: 'open', origin: 'orders.csv:17', updatedAt: '2023-12-24T18:00:00.000000Z' },
      { total: 7999, status: 'open', origin: 'orders.csv:18' },
    ]);
  });

  it('has all of that in its dossier, on every kind of paper', async () => {
    const id = newId();
    await importOnHold(id);
    const { body } = await call('GET', `/orders/${id}/dossier?format=json`);
    expect(checkDossier(body).problems).toEqual([]);
    expect(body['dossier']).toMatchObject({
      order: { historyBefore: { known: false, evidence: 5, gaps: 1 }, claims: [{ total: 8999 }, { total: 7999 }] },
      facts: [{ says: expect.stringMatching(/What happened before is not known.* 5 entries on it, with 1 gap$/) }],
    });
    const page = String((await call('GET', `/orders/${id}/dossier?format=html`)).body['text']);
    for (const said of [
      'the history before 2024-01-01 00:00:00 UTC is not known',
      'Contradicting claims: orders.csv:17 says 89.99 GBP, open (last changed 2023-12-24 18:00:00 UTC, as it says); orders.csv:18 says 79.99 GBP, open.',
      'What a log beside the table says',
      'Where it cannot be the whole story',
      'total 89.99 → 84.99 GBP: changed without an entry',
      'and 3 more, not listed here',
    ]) {
      expect(page).toContain(said);
    }
    expect(await call('GET', `/orders/${id}/dossier?format=pdf`)).toMatchObject({ status: 200 });
  });

  it('whose ID someone places again is a duplicate', async () => {
    const id = newId();
    await importOnHold(id);
    expect(await place(id, 8999)).toMatchObject({ status: 409 });
  });
});

describe('lines that changed', () => {
  it('are each at their version', async () => {
    const id = await placed(100);
    await update(id, [{ sku: 'B', quantity: 1, unitPrice: 200 }]);
    expect((await read(id, '?version=1')).body).toMatchObject({ lines: [{ sku: '85048' }], total: 100 });
    expect((await read(id, '?version=2')).body).toMatchObject({ lines: [{ sku: 'B' }], total: 200 });
  });
});

/** What `orderlog import current-state` keeps of two rows with one ID. */
async function importOnHold(id: string): Promise<void> {
  const store = new EventStore({ connectionString: service.database.as('orders') });
  const imported = toStored({
    type: 'OrderImported',
    customerId: 'c-1',
    currency: 'GBP',
    total: 8999,
    captured: 0,
    refunded: 0,
    claims: [
      { total: 8999, status: 'open', origin: 'orders.csv:17', updatedAt: parseInstant('2023-12-24T18:00:00Z')! },
      { total: 7999, status: 'open', origin: 'orders.csv:18' },
    ],
    ...nothingLogged,
    evidence: [
      { what: 'row made: total 89.99 GBP, status open', origin: 'audit_log.csv:2' },
      { at: 0, actor: 'web', what: 'total 84.99 → 79.99 GBP', origin: 'audit_log.csv:3' },
    ],
    evidenceLeftOut: 3,
    gaps: [
      {
        ...{ kind: 'value-jumped', after: 'audit_log.csv:2', before: 'audit_log.csv:3' },
        what: 'total 89.99 → 84.99 GBP: changed without an entry',
      },
    ],
  });
  const result = await store.append({
    stream: id,
    expectedVersion: 'none',
    events: [
      {
        ...(imported as { type: string; schemaVersion: number; data: Record<string, never> }),
        metadata: { origin: { source: 'orders.csv', lines: '17,18' } },
        occurredAt: parseInstant('2024-01-01T00:00:00Z') as number,
      },
    ],
  });
  expect(result.outcome).toBe('appended');
  await store.close();
}
