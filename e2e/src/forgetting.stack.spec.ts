import { createDecipheriv } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { inclusionHolds, leafHash } from '@orderlog/merkle-tree';
import pg from 'pg';
import { readFacts } from './facts.js';
import { orderlogOn } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';
import { everyMessage, filesWith, tablesWith, topicsWith } from './search-everything.js';
import { readRevenue, viewsAgree } from './views.js';

interface Sealed {
  orderId: string;
  keyId: string;
  sealed: string;
}
interface Proof {
  leafIndex: number;
  hash: string;
  proof: string[];
  checkpoint: { treeSize: number; rootHash: string };
}

const grace = {
  name: 'Grace Brewster Hopperfield',
  email: 'grace.hopperfield@navy.example',
  address: '17 Cobol Crescent, Arlington',
};
/** What gives her away: no whole text, for a part of it would do. */
const traces = ['Hopperfield', 'hopperfield@navy', 'Cobol Crescent'];
const alan = { name: 'Alan Turinghurst' };
/** The key of development, which wraps those of customers. */
const outerKey = Buffer.from('b25seSBmb3IgZGV2ZWxvcG1lbnQ6IHNldCBhIGtleSE=', 'base64');

/** The promise that a person is erased, on the whole platform as it runs: from every place, while all else stays true. */
describe('a person who is forgotten', () => {
  let platform: Platform;
  let superuser: pg.Client;
  const orders = ['grace-1', 'grace-2', 'grace-3'];
  const customerId = 'c-grace';

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'own', rate: 0 });
    superuser = new pg.Client({ connectionString: platform.DATABASE_URL });
    await superuser.connect();
    for (const orderId of orders) {
      const body = { orderId, customerId, customer: grace, ...money(8_999), reason: 'by telephone' };
      const headers = { 'idempotency-key': `place-${orderId}` };
      expect((await told('/orders', body, headers)).status).toBe(201);
    }
    await told('/orders', { orderId: 'alan-1', customerId: 'c-alan', customer: alan, ...money(100) });
    await told('/orders/grace-1/discounts', { code: 'SAVE10', amount: 1_000 });
    await told('/orders/grace-1/payments', { paymentId: 'p-1', amount: 7_999 });
    await told('/orders/grace-1/refunds', { refundId: 'r-1', amount: 2_000, reason: 'lid broken' });
    await told('/orders/grace-2/cancellation', { reason: 'changed their mind' });
    // What is refused, and what cannot be read, must leave nothing behind either.
    const again = { orderId: 'grace-1', customerId, customer: grace, ...money(1) };
    expect((await told('/orders', again)).status).toBe(409);
    expect((await told('/orders/grace-3/payments', { paymentId: 'p-9', amount: 9_000 })).status).toBe(422);
    const long = { name: `${grace.name} ${'x'.repeat(300)}`, email: grace.email };
    expect((await told('/orders', { customerId, customer: long, ...money(1) })).status).toBe(400);
    const broken = await fetch(`${platform.ORDERS_URL}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(again).slice(0, -1),
    });
    expect(broken.status).toBe(400);
    await viewsAgree(platform, { withinMs: 60_000 });
  }, 240_000);
  afterAll(async () => {
    await superuser?.end();
    await platform?.stop();
  }, 90_000);

  const money = (unitPrice: number) => ({ currency: 'GBP', lines: [{ sku: 'TEA', quantity: 1, unitPrice }] });
  const told = (path: string, body: object, headers: Record<string, string> = {}) =>
    call(`${platform.ORDERS_URL}${path}`, { method: 'POST', body, headers });
  const customerOf = async (orderId: string, query = '') =>
    (await call(`${platform.ORDERS_URL}/orders/${orderId}${query}`)).body['customer'];

  const orderlog = (...args: string[]) => orderlogOn(platform)(...args);

  /** Whoever holds the outer key and reads the database: which sealed persons can they open? */
  const opened = async (): Promise<string[]> => {
    const keys = await superuser.query<{ key_id: string; wrapped_key: Buffer }>(
      'select key_id, wrapped_key from orders.customer_keys where wrapped_key is not null',
    );
    const inUse = keys.rows.map(({ key_id, wrapped_key }) => decrypt(outerKey, key_id, wrapped_key)!);
    const { rows } = await superuser.query<Sealed>(
      `select stream_id as "orderId", data -> 'customer' ->> 'keyId' as "keyId", data -> 'customer' ->> 'sealed' as sealed
       from orders.events where data ? 'customer' order by stream_id`,
    );
    return rows
      .filter(({ orderId, sealed }) => inUse.some((key) => decrypt(key, orderId, Buffer.from(sealed, 'base64'))))
      .map(({ orderId }) => orderId);
  };

  /** All that the platform's services and its console say of these orders. */
  const allAnswers = async (): Promise<string> => {
    const { ORDERS_URL, RELAY_URL, REVENUE_URL, AUDIT_URL, CONSOLE_URL } = platform;
    const dossiers = ['json', 'html', 'pdf'].map((format) => `/dossier?format=${format}`);
    const named = ['json', 'html'].map((format) => `/dossier?customer=include&format=${format}`);
    const urls = [
      ...orders.flatMap((id) => [
        ...['', '?version=1', '/events', ...dossiers, ...named].map((path) => `${ORDERS_URL}/orders/${id}${path}`),
        ...['', '?version=1', ...dossiers].map((path) => `${CONSOLE_URL}/orders/${id}${path}`),
        `${AUDIT_URL}/audit/orders/${id}`,
      ]),
      ...['', '/orders', `/orders?customer=${customerId}`, '/revenue', '/findings'].map((path) => CONSOLE_URL + path),
      ...[`${ORDERS_URL}/orders?customerId=${customerId}`, `${AUDIT_URL}/audit/findings`],
      `${REVENUE_URL}/revenue/entries?sku=TEA`,
      ...[ORDERS_URL, RELAY_URL, REVENUE_URL, AUDIT_URL].flatMap((url) => [`${url}/metrics`, `${url}/openapi.json`]),
    ];
    const texts = await Promise.all(
      urls.map(async (url) => {
        const bytes = Buffer.from(await (await fetch(url, { signal: AbortSignal.timeout(20_000) })).arrayBuffer());
        return `${bytes.toString('utf8')}${streamsOf(bytes)}`;
      }),
    );
    return texts.join('\n');
  };

  it('was given back before, to who asks the service and to who has the keys; and never stood anywhere in clear', async () => {
    for (const id of orders) expect(await customerOf(id)).toEqual(grace);
    expect(await allAnswers()).toContain('Hopperfield');
    expect(await opened()).toEqual(['alan-1', ...orders]);
    await placesHoldNoTrace();
  }, 180_000);

  it('leaves proofs, totals and the rest of the orders as they were', async () => {
    const facts = await readFacts(platform.DATABASE_URL);
    const revenue = await readRevenue(platform);
    const state = async () =>
      Promise.all(
        orders.map(async (id) => {
          const { body } = await call(`${platform.ORDERS_URL}/orders/${id}`);
          const { version: _, customer: _who, updatedAt: _at, recordedAt: _known, ...others } = body;
          return others;
        }),
      );
    const states = await state();
    const proofOf = (id: string) => call<Proof>(`${platform.AUDIT_URL}/audit/orders/${id}/proof?version=1`);
    await eventually({ withinMs: 60_000 }, async () => expect((await proofOf('grace-3')).status).toBe(200));
    const proofs = await Promise.all(orders.map(async (id) => (await proofOf(id)).body));
    const { checkpoints } = (await call<{ checkpoints: object[] }>(`${platform.AUDIT_URL}/audit/checkpoints`)).body;
    const kept = join(platform.home, 'checkpoint.json');
    await writeFile(kept, JSON.stringify(checkpoints[0]));

    const forgotten = await orderlog('forget', customerId, '--reason', 'asked to be forgotten', '--actor', 'Anna Büro');
    expect(forgotten).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^customer c-grace is forgotten\.\n {2}key .* by Anna Büro: asked to be forgotten/),
    });
    expect(forgotten.said).toContain('3 orders say so');

    await viewsAgree(platform, { withinMs: 60_000 });
    const now = await readFacts(platform.DATABASE_URL);
    expect(now.slice(0, facts.length)).toEqual(facts);
    expect(
      now
        .slice(facts.length)
        .map(({ orderId, type }) => `${orderId} ${type}`)
        .sort(),
    ).toEqual(orders.map((id) => `${id} CustomerForgotten`));
    expect(await readRevenue(platform)).toEqual(revenue);
    expect(await state()).toEqual(states);
    for (const { leafIndex, hash, proof, checkpoint } of proofs) {
      const bytes = (hex: string) => Buffer.from(hex, 'hex');
      expect(now[leafIndex]!.hash).toBe(hash);
      const tree = { size: checkpoint.treeSize, root: bytes(checkpoint.rootHash) };
      const claim = { leaf: leafIndex, leafHash: leafHash(bytes(hash)), proof: proof.map(bytes) };
      expect(inclusionHolds({ ...tree, ...claim })).toBe(true);
    }
    expect(await orderlog('verify', '--checkpoint', kept)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/the chains hold, and store, topic, audit and revenue have the same/),
    });
  }, 240_000);

  it('is given back by nothing and nobody, also not to who holds the outer key; the others are', async () => {
    for (const id of orders) {
      for (const query of ['', '?version=1']) {
        expect(await customerOf(id, query)).toEqual({ forgotten: true, at: expect.any(String) });
      }
    }
    const answers = await allAnswers();
    for (const trace of traces) expect(answers).not.toContain(trace);
    expect(await opened()).toEqual(['alan-1']);
    expect(await customerOf('alan-1')).toEqual(alan);
    await placesHoldNoTrace();
  }, 180_000);

  it('is said to be forgotten in the history, the audit, the console and the signed dossier', async () => {
    const { body } = await call<{ facts: object[] }>(`${platform.ORDERS_URL}/orders/grace-1/events?afterVersion=4`);
    expect(body.facts).toMatchObject([
      { type: 'CustomerForgotten', actor: { name: 'Anna Büro' }, reason: 'asked to be forgotten' },
    ]);
    const audited = await fetch(`${platform.AUDIT_URL}/audit/orders/grace-1`);
    expect(await audited.text()).toContain('customer forgotten: the key that opened who they are was destroyed');
    const story = await (await fetch(`${platform.CONSOLE_URL}/orders/grace-1`)).text();
    expect(story).toContain('Customer forgotten');
    const file = join(platform.home, 'grace-1.html');
    expect(await orderlog('dossier', 'grace-1', '--customer', '--out', file)).toMatchObject({ code: 0 });
    expect((await orderlog('dossier', 'verify', file)).said).toMatch(/^HOLDS/);
  }, 90_000);

  it('is forgotten once, however often it is asked for', async () => {
    const facts = await readFacts(platform.DATABASE_URL);
    expect(await orderlog('forget', customerId)).toMatchObject({ code: 0 });
    expect(await readFacts(platform.DATABASE_URL)).toEqual(facts);
    expect(await orderlog('forget', 'c-nobody')).toMatchObject({
      code: 1,
      said: expect.stringContaining('Nothing is known of this customer.'),
    });
  }, 60_000);

  it('has their orders told, though the service is killed between the key and the facts', async () => {
    const [customer, orderId] = ['c-killed', 'killed-1'];
    await told('/orders', { orderId, customerId: customer, customer: grace, ...money(100) });
    expect(await customerOf(orderId)).toEqual(grace);
    await superuser.query('begin');
    await superuser.query('select pg_advisory_xact_lock(8471, 1)'); // the store's: no fact can be kept
    const asking = told(`/customers/${customer}/erasure`, { reason: 'asked to be forgotten' }).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await eventually({ withinMs: 30_000 }, async () => {
      const { rows } = await superuser.query('select wrapped_key from orders.customer_keys where customer_id = $1', [
        customer,
      ]);
      expect(rows).toEqual([{ wrapped_key: null }]);
    });
    await platform.kill('order-service');
    expect(await asking).not.toBe(200); // cut off; or, on a slow machine, told of what is unfinished
    // What it had sent to Postgres would still be done there, once the lock is free.
    await superuser.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'orders'`);
    await superuser.query('rollback');
    await eventually({ withinMs: 60_000 }, async () => {
      const facts = await readFacts(platform.DATABASE_URL);
      expect(facts.filter((fact) => fact.orderId === orderId).map(({ type }) => type)).toEqual([
        'OrderPlaced',
        'CustomerForgotten',
      ]);
    });
    await eventually({ withinMs: 30_000 }, async () => {
      const customerNow = await customerOf(orderId).catch(() => 'it is not there yet');
      expect(customerNow).toEqual({ forgotten: true, at: expect.any(String) });
    });
  }, 120_000);

  /** Every table of both databases, every message of every topic, every file: data, write-ahead logs, logs. */
  async function placesHoldNoTrace(): Promise<void> {
    const registry = Object.assign(new URL(platform.DATABASE_URL), { pathname: '/registry' }).href;
    const messages = await everyMessage(platform.KAFKA_BROKERS);
    const search = async (texts: readonly string[]) => ({
      tables: await tablesWith(platform.DATABASE_URL, texts),
      registry: await tablesWith(registry, texts),
      topics: topicsWith(messages, texts),
      files: await filesWith(platform.home, texts),
    });
    expect(await search(traces)).toEqual({ tables: [], registry: [], topics: [], files: [] });
    // It does find what is there.
    expect(await search(['grace-1'])).toMatchObject({
      tables: expect.arrayContaining(['audit.facts_1', 'orders.events']),
      topics: expect.arrayContaining(['orders.attempts.v1', 'orders.events.v1', 'orders.state.v1']),
      files: expect.arrayContaining([expect.stringContaining('pg_wal')]),
    });
    expect(await tablesWith(registry, ['SealedCustomer'])).not.toEqual([]);
  }
});

function decrypt(key: Buffer, boundTo: string, sealed: Buffer): Buffer | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(boundTo, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-16));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** What a PDF has in its compressed streams. */
function streamsOf(bytes: Buffer): string {
  let text = '';
  for (let at = bytes.indexOf('stream\n'); at >= 0; at = bytes.indexOf('stream\n', at + 1)) {
    try {
      text += inflateSync(bytes.subarray(at + 7)).toString('latin1');
    } catch {
      // No compressed stream begins here.
    }
  }
  return text;
}
