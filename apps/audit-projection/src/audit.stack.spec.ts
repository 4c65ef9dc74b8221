import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { now } from '@orderlog/instant';
import { eventually, kafkaTool } from '@orderlog/local-stack';
import { nothingLogged } from '@orderlog/order-domain';
import { captured, givenPlatform, placed, refunded, type Answer, type Platform } from './testing/platform.js';

describe('the audit', () => {
  let platform: Platform;
  let app: Awaited<ReturnType<Platform['start']>>;
  const readToTheEnd = () =>
    eventually({ withinMs: 30_000 }, async () =>
      expect((await app.ask('/projection')).body).toMatchObject({
        state: 'running',
        lag: 0,
        waitingFor: [],
        parked: { orders: 0 },
      }),
    );
  /** Kinds and subjects of what was found of an order. */
  const foundOf = async (orderId: string) =>
    (await app.ask(`/audit/findings?orderId=${orderId}&open=true`)).body.findings.map(
      ({ kind, subject }) => `${kind} ${subject}`,
    );
  beforeAll(async () => {
    platform = await givenPlatform();
    app = await platform.start();
  }, 60_000);
  afterAll(() => platform.end(), 60_000);

  it('tells an order’s story: who, when, why and what, what was refused, and that its chain holds', async () => {
    await platform.given(placed('8471'), captured('8471', 7_999), refunded('8471', 2_000));
    await platform.attempted({
      ...{ attemptId: randomUUID(), orderId: '8471', commandId: 'cmd-77', command: 'PlaceOrder' },
      ...{ refusal: 'order-exists', attemptedAt: now(), orderVersion: 3, actor: 'web', currency: 'GBP' },
      ...{ amount: 7_999, existingTotal: 8_999, sameContent: false },
    });
    await readToTheEnd();
    const { body } = await app.ask('/audit/orders/8471');
    expect(body.facts).toMatchObject([
      { version: 1, type: 'OrderPlaced', actor: 'agent-17', reason: 'a test', hashHolds: true, position: 1 },
      { version: 2, type: 'PaymentCaptured', what: expect.stringMatching(/captured: .*79\.99/), hashHolds: true },
      { version: 3, type: 'RefundInitiated', what: expect.stringMatching(/initiated: .*20\.00/), hashHolds: true },
    ]);
    expect(body.attempts).toMatchObject([{ commandId: 'cmd-77', refusal: 'order-exists', existingTotal: 8_999 }]);
    expect(body.findings).toMatchObject([{ kind: 'duplicate-order', subject: 'cmd-77' }]);
    const page = await app.ask('/audit/orders/8471?limit=2');
    expect(page.body).toMatchObject({ facts: [{ version: 1 }, { version: 2 }], nextCursor: '3' });
    expect((await app.ask('/audit/orders/8471?limit=2&cursor=3')).body).toMatchObject({
      facts: [{ version: 3 }],
      nextCursor: null,
    });
    expect((await app.ask('/audit/orders/nobody')).status).toBe(404);
  });

  it('tells what the order that has the ID was placed at in its own currency', async () => {
    await platform.given(placed('in-two'));
    const attempt = (commandId: string, currency: string, details: string) =>
      platform.attempted({
        ...{ attemptId: randomUUID(), orderId: 'in-two', commandId, command: 'PlaceOrder', refusal: 'order-exists' },
        ...{ attemptedAt: now(), orderVersion: 1, currency, amount: 8_999, existingTotal: 8_999, sameContent: false },
        details,
      });
    const existing = '{"existing":{"currency":"GBP","placedTotal":8999}}';
    await attempt('same', 'GBP', existing);
    await attempt('other', 'JPY', existing);
    await attempt('silent', 'JPY', '{"existing":"\\u0000"}');
    await readToTheEnd();
    const { attempts, findings } = (await app.ask('/audit/orders/in-two')).body as unknown as {
      attempts: { commandId: string; existingCurrency: string | null }[];
      findings: { subject: string; detail: { existingCurrency?: unknown } }[];
    };
    expect(attempts.map(({ commandId, existingCurrency }) => [commandId, existingCurrency])).toEqual([
      ['same', 'GBP'],
      ['other', 'GBP'],
      ['silent', 'JPY'],
    ]);
    expect(findings.map(({ subject, detail }) => [subject, detail.existingCurrency]).sort()).toEqual([
      ['other', 'GBP'],
      ['same', null],
      ['silent', null],
    ]);
  });

  it('does not call a second order of the same content a finding, nor a refused capture', async () => {
    await platform.given(placed('same'));
    const attempt = { orderId: 'same', attemptedAt: now(), orderVersion: 1, currency: 'GBP' };
    await platform.attempted({
      ...{ ...attempt, attemptId: randomUUID(), commandId: 'a', command: 'PlaceOrder', refusal: 'order-exists' },
      ...{ amount: 8_999, existingTotal: 8_999, sameContent: true },
    });
    await platform.attempted({
      ...{
        ...attempt,
        attemptId: randomUUID(),
        commandId: 'b',
        command: 'CapturePayment',
        refusal: 'capture-exceeds-owed',
      },
      ...{ amount: 9_999, allowed: 8_999 },
    });
    await readToTheEnd();
    expect((await app.ask('/audit/orders/same')).body.attempts).toHaveLength(2);
    expect(await foundOf('same')).toEqual([]);
  });

  it('tells whose an ID is that was used again, where the attempt says so', async () => {
    await platform.given(placed('used'));
    const attempt = (commandId: string, refusal: string, details: string) =>
      platform.attempted({
        ...{ attemptId: randomUUID(), orderId: 'used', commandId, command: 'CapturePayment', refusal },
        ...{ attemptedAt: now(), orderVersion: 1, currency: 'GBP', amount: 2, details },
      });
    await attempt('payment', 'payment-id-used', '{"paymentId":"p-1","currency":"GBP","amount":7999}');
    await attempt('refund', 'refund-id-used', '{"refundId":"r-1","currency":"GBP","amount":5}');
    await attempt('other', 'capture-exceeds-owed', '{"paymentId":"p-1","amount":7999}');
    await attempt('silent', 'payment-id-used', '{"paymentId":"p-1"}');
    await attempt('unreadable', 'payment-id-used', '{"paymentId":"\\u0000","amount":1}');
    await readToTheEnd();
    const { attempts } = (await app.ask('/audit/orders/used')).body as unknown as {
      attempts: { commandId: string; used: unknown }[];
    };
    expect(Object.fromEntries(attempts.map(({ commandId, used }) => [commandId, used]))).toEqual({
      ...{ payment: { id: 'p-1', amount: 7_999 }, refund: { id: 'r-1', amount: 5 } },
      ...{ other: null, silent: null, unreadable: null },
    });
  });

  it('finds what is wrong with an order, each by its kind', async () => {
    await platform.given(
      placed('over-captured', 100),
      captured('over-captured', 60),
      captured('over-captured', 60),
      placed('over-refunded', 100),
      captured('over-refunded', 50),
      refunded('over-refunded', 51),
      placed('broken'),
      { ...captured('broken', 1), previousHash: Buffer.alloc(32, 7) },
      { ...placed('no-beginning'), previousHash: Buffer.alloc(32, 7) },
      { ...placed('forged'), hash: Buffer.alloc(32, 9) },
      placed('twice'),
      { ...placed('twice', 5), version: 1, position: null, previousHash: Buffer.alloc(32) },
      {
        orderId: 'claimed',
        fact: {
          ...{ type: 'OrderImported', customerId: null, currency: 'GBP', total: 1, captured: 0, refunded: 0 },
          claims: [1, 2].map((total) => ({ total, status: 'paid', origin: 'orders.csv:1' })),
          ...nothingLogged,
        },
      },
    );
    const row = { total: 1, status: 'paid', origin: 'orders.csv:1' };
    const jumped = { kind: 'value-jumped' as const, after: 'log:1', before: 'log:2', what: 'total jumped' };
    const asItStood = {
      ...{ customerId: null, currency: 'GBP', total: 1, captured: 0, refunded: 0 },
      ...nothingLogged,
    };
    await platform.given(
      ...['said-twice', 'said-later', 'logged'].map((orderId) => ({
        orderId,
        fact: {
          ...{ type: 'OrderImported' as const, ...asItStood, gaps: orderId === 'logged' ? [jumped, jumped] : [] },
          claims: orderId === 'said-twice' ? [row, row] : [row],
        },
      })),
      { orderId: 'said-later', fact: { type: 'OrderHoldResolved', decision: 'as it is', total: null } },
      {
        orderId: 'said-later',
        fact: { type: 'OrderImportedAgain', currency: 'GBP', claims: [row], contradicts: true, ...nothingLogged },
      },
    );
    await platform.send([{ ...platform.messageOf(placed('deleted')), value: null }]);
    await readToTheEnd();
    expect(await foundOf('over-captured')).toEqual(['captured-over-total v3']);
    expect(await foundOf('over-refunded')).toEqual(['refunded-over-captured v3']);
    expect(await foundOf('broken')).toEqual(['broken-chain v2']);
    expect(await foundOf('no-beginning')).toEqual(['broken-chain v1']);
    expect(await foundOf('forged')).toEqual([expect.stringMatching(/^hash-mismatch v1/)]);
    expect(await foundOf('twice')).toEqual(['content-differs v1']);
    expect(await foundOf('claimed')).toEqual(['conflicting-claims v1']);
    expect(await foundOf('said-twice')).toEqual([]);
    expect(await foundOf('said-later')).toEqual(['conflicting-claims v3']);
    expect((await app.ask('/audit/orders/claimed')).body.findings).toMatchObject([
      { claims: ['orders.csv:1: 0.01 GBP, paid', 'orders.csv:1: 0.02 GBP, paid'] },
    ]);
    expect((await app.ask('/audit/findings?orderId=said-later')).body.findings).toMatchObject([
      { claims: ['orders.csv:1: 0.01 GBP, paid', 'orders.csv:1: 0.01 GBP, paid'] },
    ]);
    expect((await app.ask('/audit/orders/broken')).body.findings[0]).not.toHaveProperty('claims');
    expect(await foundOf('logged')).toEqual(['evidence-gap v1/1', 'evidence-gap v1/2']);
    expect((await app.ask('/audit/orders/logged')).body).toMatchObject({
      historyBefore: { known: false, before: expect.any(String), origin: expect.any(String) },
      facts: [{ logged: { evidence: [], gaps: [jumped, jumped] } }],
    });
    expect((await app.ask('/audit/orders/over-captured')).body).not.toHaveProperty('historyBefore');
    expect((await app.ask('/audit/orders/logged')).body.findings[0]).toMatchObject({
      says: 'a log beside an imported table cannot be the whole story',
      detail: { version: 1, ...jumped },
    });
    expect(await foundOf('deleted')).toEqual([expect.stringMatching(/^tombstone v1 at \d\/\d+$/)]);
    expect((await app.ask('/audit/orders/twice')).body.facts).toMatchObject([{ version: 1 }, { version: 1 }]);
  });

  it('finds a gap, and resolves it when what was missing has come', async () => {
    const [first, second, third] = [placed('gap'), captured('gap', 1), captured('gap', 2)].map(platform.messageOf);
    await platform.send([first!, third!]);
    await readToTheEnd();
    expect(await foundOf('gap')).toEqual(['gap v2']);
    const missing = (await app.ask('/audit/integrity')).body as unknown as { missing: unknown[]; contiguousTo: number };
    expect(missing.missing.length).toBeGreaterThan(0);
    await platform.send([second!, third!]);
    await readToTheEnd();
    expect(await foundOf('gap')).toEqual([]);
    expect((await app.ask('/audit/findings?orderId=gap')).body.findings).toMatchObject([
      { kind: 'gap', subject: 'v2', resolvedAt: expect.any(String) },
    ]);
  });

  it('keeps a type that it does not know, and says so', async () => {
    const message = platform.messageOf(placed('teleported'));
    const value = Buffer.from(message.value!.toString('latin1').replace('OrderPlaced', 'OrderMoved!'), 'latin1');
    await platform.send([{ ...message, value }]);
    await readToTheEnd();
    expect((await app.ask('/audit/orders/teleported')).body.facts).toMatchObject([
      { type: 'OrderMoved!', hashHolds: null, data: null, what: expect.stringContaining('does not know') },
    ]);
    expect((await app.ask('/projection')).body.unknownTypes).toMatchObject([{ type: 'OrderMoved!' }]);
  });

  it('keeps a version of the future of a type that it knows, says which, and goes on', async () => {
    const newer = platform.messageOf({ ...placed('from-the-future'), schemaVersion: 99 });
    await platform.send([newer, platform.messageOf(placed('of-today'))]);
    await readToTheEnd();
    expect((await app.ask('/audit/orders/from-the-future')).body.facts).toMatchObject([
      { type: 'OrderPlaced', hashHolds: null, data: null, what: expect.stringContaining('does not know') },
    ]);
    expect((await app.ask('/audit/orders/of-today')).body.facts).toMatchObject([{ hashHolds: true }]);
    expect((await app.ask('/projection')).body.unknownTypes).toContainEqual(
      expect.objectContaining({ type: 'OrderPlaced v99' }),
    );
  });

  it('proves what it has seen by the positions, and finds one that stands in another’s stead', async () => {
    const integrity = async () => (await app.ask('/audit/integrity')).body as unknown as Record<string, unknown>;
    const before = await integrity();
    const highest = before['highestPosition'] as number;
    // Two facts claim highest + 1, and nobody claims highest + 2.
    await platform.given(
      { ...placed('place-1'), position: highest + 1 },
      { ...placed('place-2'), position: highest + 1 },
      { ...placed('place-3'), position: highest + 3 },
    );
    await readToTheEnd();
    expect(await integrity()).toMatchObject({
      highestPosition: highest + 3,
      missing: expect.arrayContaining([{ from: highest + 2, to: highest + 2 }]),
      claimedTwice: [highest + 1],
      withoutPosition: 1,
    });
  });

  it('lists what it found from either end, page by page', async () => {
    const numbersOf = async (query: string): Promise<number[]> => {
      const numbers: number[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page = `/audit/findings?limit=2&${query}${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const { body } = await app.ask(page);
        numbers.push(...body.findings.map(({ number }) => number));
        cursor = body.nextCursor;
      }
      return numbers;
    };
    const oldest = await numbersOf('sort=oldest');
    expect(oldest.length).toBeGreaterThan(4);
    expect(oldest).toEqual(oldest.toSorted((left, right) => left - right));
    expect(await numbersOf('sort=newest')).toEqual(oldest.toReversed());
    expect(await numbersOf('')).toEqual(oldest);
  });

  it('comes to the same when it reads everything again', async () => {
    const everything = async () => {
      const { body } = await app.ask('/audit/findings?limit=10000');
      const orders = [...new Set(body.findings.map(({ orderId }) => orderId)), '8471', 'same', 'place-1'];
      const timelines = await Promise.all(orders.map(async (id) => (await app.ask(`/audit/orders/${id}`)).body));
      return { findings: body, timelines, integrity: (await app.ask('/audit/integrity')).body as unknown };
    };
    const before: { findings: Answer; timelines: Answer[]; integrity: unknown } = await everything();
    expect(before.findings.findings.length).toBeGreaterThan(8);
    await app.tell('/projection/stop');
    await kafkaTool('kafka-consumer-groups', [
      ...['--group', platform.group, '--reset-offsets', '--all-topics', '--to-earliest', '--execute'],
    ]);
    await app.tell('/projection/start');
    await readToTheEnd();
    expect(await everything()).toEqual(before);
  }, 60_000);

  it('refuses a question that it cannot read, and names the field', async () => {
    expect(await app.ask('/audit/findings?kind=nothing')).toMatchObject({ status: 400 });
    expect(await app.ask('/audit/findings?limit=0x10')).toMatchObject({ status: 400 });
    expect(await app.ask('/audit/integrity?order=8471')).toMatchObject({ status: 400 });
    expect(await app.ask('/audit/orders/8471?cursor=x')).toMatchObject({ status: 400 });
    expect(await app.ask('/audit/orders/a%20b')).toMatchObject({ status: 400 });
  });
});
