import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import pg from 'pg';
import { orderlogOn, type Ended } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';

interface Proof {
  position: number;
  hash: string;
  leafIndex: number;
  proof: string[];
  checkpoint: { treeSize: number; rootHash: string };
}

/** The promise that a history cannot be rewritten unseen, on the platform as it runs, while orders flow. */
describe('a fact that somebody changes past every guard', () => {
  let platform: Platform;
  let superuser: pg.Client;
  const order = 'told-in-court';

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'shared', rate: 10 });
    superuser = new pg.Client({ connectionString: platform.DATABASE_URL });
    await superuser.connect();
    const lines = [{ sku: 'TEA', quantity: 1, unitPrice: 8_999 }];
    const body = { orderId: order, customerId: 'c-1', currency: 'GBP', lines };
    expect((await call(`${platform.ORDERS_URL}/orders`, { method: 'POST', body })).status).toBe(201);
    const payment = { paymentId: 'p-1', amount: 8_999 };
    const paid = await call(`${platform.ORDERS_URL}/orders/${order}/payments`, { method: 'POST', body: payment });
    expect(paid.status).toBe(201);
    const again = { ...body, lines: [{ sku: 'TEA', quantity: 1, unitPrice: 1 }] };
    expect((await call(`${platform.ORDERS_URL}/orders`, { method: 'POST', body: again })).status).toBe(409);
    const more = { body: { paymentId: 'p-2', amount: 1 }, headers: { 'Idempotency-Key': 'too-much' } };
    const refused = await call(`${platform.ORDERS_URL}/orders/${order}/payments`, { method: 'POST', ...more });
    expect(refused.status).toBe(422);
  }, 180_000);
  afterAll(async () => {
    await superuser?.end();
    await platform?.stop();
  }, 90_000);

  const proofOf = (version: number) =>
    call<Proof>(`${platform.AUDIT_URL}/audit/orders/${order}/proof?version=${version}`);

  const verify = (...args: string[]) => orderlogOn(platform)('verify', ...args);

  it('could be proved before, by anyone, with SHA-256 alone', async () => {
    await eventually({ withinMs: 60_000 }, async () => expect((await proofOf(2)).status).toBe(200));
    const { body } = await proofOf(2);
    const sha256 = (...parts: (Buffer | string)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
    let [at, last] = [body.leafIndex, body.checkpoint.treeSize - 1];
    let node = sha256('\0', Buffer.from(body.hash, 'hex'));
    for (const sibling of body.proof.map((hex) => Buffer.from(hex, 'hex'))) {
      if (at % 2 === 1 || at === last) {
        node = sha256('\x01', sibling, node);
        while (at > 0 && at % 2 === 0) [at, last] = [at / 2, Math.floor(last / 2)];
      } else node = sha256('\x01', node, sibling);
      [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    }
    expect({ last, root: node.toString('hex') }).toEqual({ last: 0, root: body.checkpoint.rootHash });
  }, 90_000);

  it('stood in order until then, in every place', async () => {
    const all = await verify();
    expect(all).toMatchObject({
      code: 0,
      said: expect.stringMatching(/store, topic, audit and revenue have the same/),
    });
    expect(await verify('--order', order)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/2 refused commands: the messages of them say the same/),
    });
  }, 240_000);

  it('stands in order while customers come and are forgotten, and keys are used twice', async () => {
    const told = async (path: string, body: object, key: string) =>
      (await call(`${platform.ORDERS_URL}${path}`, { method: 'POST', body, headers: { 'Idempotency-Key': key } }))
        .status;
    let busy = true;
    let forgotten = 0;
    const shop = async (till: number) => {
      for (let turn = 0; busy; turn++) {
        const [id, customerId] = [`till-${till}-${turn}`, `c-${till}-${turn}`];
        const lines = [{ sku: 'TEA', quantity: 2, unitPrice: 450 }];
        const placing = { orderId: id, customerId, customer: { name: 'Ada' }, currency: 'GBP', lines };
        for (let again = 0; again < 2; again++) expect(await told('/orders', placing, `place-${id}`)).toBe(201);
        expect(await told(`/orders/${id}/payments`, { paymentId: 'p-1', amount: 900 }, `pay-${id}`)).toBe(201);
        expect(await told(`/orders/${id}/payments`, { paymentId: 'p-1', amount: 900 }, `pay-once-more-${id}`)).toBe(
          200,
        );
        expect(await told(`/orders/${id}/payments`, { paymentId: 'p-2', amount: 1 }, `too-much-${id}`)).toBe(422);
        if (turn % 2 === 0) continue;
        expect(await told(`/customers/${customerId}/erasure`, { reason: 'asked' }, `forget-${id}`)).toBe(200);
        forgotten++;
      }
    };
    const shops = [1, 2, 3].map(shop);
    const looks: Ended[] = [];
    try {
      do looks.push(await verify());
      while (looks.length < 3 || forgotten < 3);
    } finally {
      busy = false;
      await Promise.all(shops);
    }
    for (const { code, said } of looks) expect([code, said]).toEqual([0, expect.not.stringMatching('DIFFERENCE')]);
    expect(looks.at(-1)!.said).toMatch(/orders: the latest state on its topic is what its facts fold to/);
    expect(looks.at(-1)!.said).toMatch(/answers kept under an idempotency key: the facts bear them out/);
    expect(looks.at(-1)!.said).not.toMatch(/had a key that orders\.commands does not have/);
  }, 150_000);

  it('is not forgotten to have been attempted, nor to have been found', async () => {
    await superuser.query('create table kept as table orders.attempts');
    await superuser.query('delete from orders.attempts where order_id = $1', [order]);
    const lost = await verify('--order', order);
    await superuser.query('insert into orders.attempts select * from kept on conflict do nothing');
    expect(lost).toMatchObject({
      code: 3,
      said: expect.stringContaining(
        `DIFFERENCE: attempts: order ${order}: orders.attempts does not have the PlaceOrder`,
      ),
    });
    await superuser.query('update audit.findings set resolved_at = now() where order_id = $1', [order]);
    expect(await verify()).toMatchObject({
      code: 3,
      said: expect.stringMatching(
        new RegExp(`DIFFERENCE: audit: order ${order}: .*duplicate-order .* is resolved, and it is`),
      ),
    });
    await superuser.query('update audit.findings set resolved_at = null where order_id = $1', [order]);
    expect(await verify('--order', order)).toMatchObject({ code: 0 });
  }, 240_000);

  it('is named, with its order, version and position', async () => {
    const { position } = (await proofOf(2)).body;
    await superuser.query('alter table orders.events disable trigger all');
    await superuser.query(`update orders.events set data = jsonb_set(data, '{amount}', '7999') where position = $1`, [
      position,
    ]);
    const named = `order ${order} version 2 at position ${position}`;
    expect(await verify()).toMatchObject({ code: 3, said: expect.stringContaining(`DIFFERENCE: store: ${named}`) });
    expect(await verify('--order', order)).toMatchObject({ code: 3, said: expect.stringContaining(named) });
    await superuser.query('delete from orders.events where stream_id = $1', [order]);
    expect(await verify()).toMatchObject({
      code: 3,
      said: expect.stringMatching(
        new RegExp(`DIFFERENCE: checkpoints: order ${order} version 1 .* not in the store any more`),
      ),
    });
    expect(await verify('--order', order)).toMatchObject({
      code: 3,
      said: expect.stringContaining(`DIFFERENCE: checkpoints: order ${order} version 1`),
    });
  }, 240_000);
});
