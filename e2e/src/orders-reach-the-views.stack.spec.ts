import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { readTopic, type SeenRecord } from './console-consumer.js';
import { readFacts } from './facts.js';
import { call, startPlatform, type Platform } from './platform.js';
import { viewsAgree } from './views.js';

/**
 * The promise of the whole: what HTTP accepted is in the store, on the topic and in both views, each told by a client
 * that is not the one before it.
 */
describe('orders that were placed over HTTP', () => {
  let platform: Platform;
  const ids: string[] = [];

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'shared', rate: 0 });
    for (let number = 1; number <= 25; number++) ids.push(await liveThrough(platform, number));
  }, 180_000);
  afterAll(() => platform?.stop(), 90_000);

  it(
    'are in revenue and audit as a fold over the facts has them',
    () => viewsAgree(platform, { withinMs: 60_000 }),
    90_000,
  );

  it("are on the topic, once each and in order, for Kafka's own consumer", async () => {
    const facts = await readFacts(platform.DATABASE_URL);
    const records = await readTopic(platform.KAFKA_BROKERS, `${platform.prefix}orders.events.v1`, facts.length);
    expect(records).toHaveLength(facts.length);
    const read = await Promise.all(records.map((record) => decode(platform, record)));
    for (const { orderId, partitions, versions } of perOrder(records, read)) {
      expect({ orderId, partitions: partitions.size }).toEqual({ orderId, partitions: 1 });
      expect(versions).toEqual(versions.map((_, index) => index + 1));
    }
    const onTopic = read.map(({ orderId, version, type, hash }) => ({
      orderId,
      version,
      type,
      hash: hash.toString('hex'),
    }));
    const inStore = facts.map(({ orderId, version, type, hash }) => ({ orderId, version, type, hash }));
    const sorted = (list: typeof inStore) => list.map((each) => JSON.stringify(each)).sort();
    expect(sorted(onTopic)).toEqual(sorted(inStore));
    for (const { key, headers } of records) expect(key).toBe(`${headers['order-id']}:${headers['order-version']}`);
  }, 60_000);

  it('can be told fact by fact by the audit', async () => {
    const facts = await readFacts(platform.DATABASE_URL);
    for (const id of ids) {
      const { status, body } = await call(`${platform.AUDIT_URL}/audit/orders/${id}`);
      expect(status).toBe(200);
      const own = facts.filter(({ orderId }) => orderId === id).map(({ type }) => type);
      expect(JSON.stringify(body)).toContain(id);
      for (const type of own) expect(JSON.stringify(body)).toContain(type);
    }
  });

  it('tell what happened to Order #8471', async () => {
    const { body } = await call(`${platform.ORDERS_URL}/orders/8471`);
    expect(body).toMatchObject({ orderId: '8471', total: 79_99, captured: 79_99, status: 'partly-refunded' });
    const findings = await call(`${platform.AUDIT_URL}/audit/findings`);
    expect(JSON.stringify(findings.body)).toContain('8471');
  });
});

/** Places an order and lets different things happen to it; every answer has to be the one that the contract says. */
async function liveThrough({ ORDERS_URL }: Platform, number: number): Promise<string> {
  const id = `e2e-${number}-${randomUUID().slice(0, 8)}`;
  const at = `${ORDERS_URL}/orders/${id}`;
  const lines = Array.from({ length: 1 + (number % 4) }, (_, index) => ({
    sku: `SKU-${(number + index) % 7}`,
    quantity: 1 + ((number * 3 + index) % 5),
    unitPrice: 99 + number * 101 + index * 33,
  }));
  const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const tell = async (path: string, body: unknown, wanted: number, method?: string) => {
    const { status, body: answer } = await call(`${at}${path}`, { body, method, headers: { 'x-actor': 'e2e' } });
    expect({ path, status, answer: status === wanted ? {} : answer }).toEqual({ path, status: wanted, answer: {} });
  };
  const currency = ['GBP', 'EUR', 'USD'][number % 3];
  const placed = { orderId: id, customerId: `c-${number}`, currency, lines };
  const { status } = await call(`${ORDERS_URL}/orders`, { body: placed });
  expect(status).toBe(201);
  let owed = total;
  if (number % 2) {
    await tell('/discounts', { code: 'SAVE10', amount: 77 }, 201);
    owed -= 77;
  }
  if (number % 5 === 0) return tell('/cancellation', { reason: 'changed their mind' }, 200, 'POST').then(() => id);
  const first = Math.ceil(owed / 3);
  await tell('/payments', { paymentId: 'p1', amount: first }, 201);
  await tell('/payments', { paymentId: 'p1', amount: first }, 200);
  await tell('/payments', { paymentId: 'p2', amount: owed - first }, 201);
  await tell('/payments', { paymentId: 'p3', amount: 1 }, 422);
  if (number % 3 === 0) {
    await tell('/refunds', { refundId: 'r1', amount: 50, reason: 'scratched' }, 201);
    await tell('/refunds/r1/completion', {}, 200, 'POST');
  }
  return id;
}

interface Decoded {
  orderId: string;
  version: number;
  type: string;
  hash: Buffer;
}

const schemas = new Map<number, Promise<avsc.Type>>();

/** Decodes as any subscriber would: by the schema that the registry has under the id that the message names. */
async function decode({ SCHEMA_REGISTRY_URL }: Platform, { value }: SeenRecord): Promise<Decoded> {
  expect(value[0]).toBe(0);
  const id = value.readInt32BE(1);
  if (!schemas.has(id)) {
    const type = call<{ schema: string }>(`${SCHEMA_REGISTRY_URL}/schemas/ids/${id}`).then(({ body }) =>
      avsc.Type.forSchema(JSON.parse(body.schema) as avsc.Schema),
    );
    schemas.set(id, type);
  }
  return (await schemas.get(id)!).fromBuffer(value.subarray(5)) as Decoded;
}

function perOrder(records: SeenRecord[], read: Decoded[]) {
  const orders = new Map<string, { orderId: string; partitions: Set<number>; versions: number[] }>();
  records.forEach(({ partition }, index) => {
    const { orderId, version } = read[index]!;
    const order = orders.get(orderId) ?? { orderId, partitions: new Set(), versions: [] };
    order.partitions.add(partition);
    order.versions.push(version);
    orders.set(orderId, order);
  });
  return [...orders.values()];
}
