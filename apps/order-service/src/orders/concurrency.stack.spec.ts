import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { log } from '../signals.js';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
let other: TestService;
beforeAll(async () => {
  service = await runningService();
  other = await service.another();
}, 60_000);
afterAll(async () => {
  await other.stop();
  await service.stop();
}, 60_000);

const here = telling(() => service);
const elsewhere = telling(() => other);
const { newId, placed, place, discount, capture, cancel, read, history } = here;

describe('200 clients on one order', () => {
  it('are a queue and not 199 conflicts: every penny is captured once', async () => {
    const id = await placed(200);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => capture(id, `p-${n}`, 1)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(200).fill(201));
    expect(new Set(answers.map((answer) => answer.body.version)).size).toBe(200);
    expect((await read(id)).body).toMatchObject({ version: 201, captured: 200, owed: 0, status: 'captured' });
  }, 60_000);

  it('capture what is owed and not a penny more', async () => {
    const id = await placed(100);
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => capture(id, `p-${n}`, 1)));
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(100);
    expect(answers.filter((answer) => answer.status === 422)).toHaveLength(100);
    expect((await read(id)).body).toMatchObject({ captured: 100, owed: 0 });
  }, 60_000);
});

describe('two processes on one order', () => {
  it('decide again on what the other one left, and lose nothing', async () => {
    const id = await placed(60);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => (n % 2 ? elsewhere : here).capture(id, `p-${n}`, 1)),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(60).fill(201));
    expect((await read(id)).body).toMatchObject({ captured: 60, owed: 0 });
    const { body } = await history(id);
    expect(body.facts.map((fact) => fact.version)).toEqual(Array.from({ length: 61 }, (_, n) => n + 1));
  }, 60_000);

  it('lose one race each when they take turns, and from then on decide on what the other one left', async () => {
    const id = await placed(60);
    await elsewhere.read(id);
    let conflicts = 0;
    const silence = log.listen((name, { orderId }) => {
      if (name === 'orders.conflict' && orderId === id) conflicts += 1;
    });
    for (let n = 0; n < 10; n++) {
      expect(await here.capture(id, `p-${n}`, 1)).toMatchObject({ status: 201 });
      expect(await elsewhere.capture(id, `q-${n}`, 1)).toMatchObject({ status: 201 });
    }
    silence();
    expect(conflicts).toBe(2);
    expect((await read(id)).body).toMatchObject({ version: 21, captured: 20 });
  });

  it('refuse nothing on a state that has gone by', async () => {
    const id = await placed(100);
    await elsewhere.read(id);
    await elsewhere.capture(id, 'p-0', 1);
    await capture(id, 'p-1', 99);
    // The other one has seen version 2 and not 3: what it would refuse, it looks up first.
    await here.refund(id, 'r-1', 100);
    expect(await elsewhere.cancel(id)).toMatchObject({ status: 200, body: { version: 5 } });
  });

  it('take nothing for done already on a state that has gone by', async () => {
    const id = await placed(100);
    const [tea, cups] = ['TEA', 'CUPS'].map((sku) => [{ sku, quantity: 1, unitPrice: 100 }]) as [unknown[], unknown[]];
    await here.update(id, tea);
    await elsewhere.update(id, cups);
    expect(await here.update(id, tea)).toMatchObject({ status: 200, etag: '"4"', body: { lines: [{ sku: 'TEA' }] } });
    await here.capture(id, 'p-1', 1);
    await elsewhere.capture(id, 'p-2', 1);
    expect(await here.capture(id, 'p-1', 1)).toMatchObject({ status: 200, etag: '"6"', body: { captured: 2 } });
  });

  it('find an order that the other one has placed', async () => {
    const id = newId();
    expect(await elsewhere.capture(id, 'p-1', 1)).toMatchObject({ status: 404 });
    await place(id);
    expect(await elsewhere.capture(id, 'p-1', 1)).toMatchObject({ status: 201 });
  });
});

describe('placing one ID at the same time', () => {
  it('has one winner; the others hear of both totals', async () => {
    const id = newId();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => (n % 2 ? elsewhere : here).place(id, 1_000 + n)),
    );
    const won = answers.filter((answer) => answer.status === 201);
    expect(won).toHaveLength(1);
    for (const answer of answers.filter((answer) => answer.status !== 201)) {
      expect(answer).toMatchObject({
        status: 409,
        body: { existing: { total: won[0]?.body.total }, sameContent: false },
      });
    }
  }, 60_000);
});

describe('If-Match', () => {
  it('lets one of those through that have seen the same version', async () => {
    const id = await placed(8999);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? elsewhere : here).discount(id, `C${n}`, 1, {}, { 'if-match': '"1"' }),
      ),
    );
    expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
    for (const answer of answers.filter((answer) => answer.status !== 201)) {
      expect(answer).toMatchObject({
        status: 412,
        etag: '"2"',
        body: { type: problemType('version-differs'), currentVersion: 2 },
      });
    }
  });

  it('of * asks for an order and no more', async () => {
    const id = await placed(8999);
    expect(await discount(id, 'A', 1, {}, { 'if-match': '*' })).toMatchObject({ status: 201 });
    expect(await cancel(newId(), {}, { 'if-match': '*' })).toMatchObject({ status: 404 });
    expect(await place(newId(), 1, {}, { 'if-match': '*' })).toMatchObject({ status: 412 });
  });

  it('of a tag that no version has never matches', async () => {
    const id = await placed(8999);
    for (const tag of ['"0"', '"x"', '"01"', '""']) {
      expect(await discount(id, 'A', 1, {}, { 'if-match': tag })).toMatchObject({ status: 412, etag: '"1"' });
    }
  });

  it('is looked at before the rules: what was decided on an old state is not judged', async () => {
    const id = await placed(100);
    await capture(id, 'p-1', 100);
    expect(await capture(id, 'p-2', 50, {}, { 'if-match': '"1"' })).toMatchObject({ status: 412 });
  });
});

describe('too many at once', () => {
  it('are told to come again, and nothing is half done', async () => {
    const small = await service.another({ ORDERS_WAITING_PER_ORDER: '3' });
    const few = telling(() => small);
    const id = await placed(100);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => few.capture(id, `p-${n}`, 1)));
    const done = answers.filter((answer) => answer.status === 201).length;
    for (const answer of answers.filter((answer) => answer.status !== 201)) {
      expect(answer).toMatchObject({ status: 503, body: { type: problemType('too-busy') } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(done).toBeGreaterThanOrEqual(3);
    expect((await read(id)).body.captured).toBe(done);
    await small.stop();
  }, 60_000);
});
