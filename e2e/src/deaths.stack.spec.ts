import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { readTopic } from './console-consumer.js';
import { readFacts } from './facts.js';
import { call, startPlatform, type Platform } from './platform.js';
import { viewsAgree } from './views.js';

const parts = [
  'order-service',
  'outbox-relay',
  'revenue-projection',
  'audit-projection',
  'order-workload',
  'registry',
  'kafka',
  'postgres',
];

/** The promise of durability: whichever process is killed while orders flow, facts, topic and views come to agree. */
describe('a process that is killed while orders flow', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'own', rate: 20 });
  }, 180_000);
  afterAll(() => platform?.stop(), 90_000);

  it.each(parts)(
    '%s: comes back, and new facts reach the views',
    async (part) => {
      await factsGrow(platform, 50);
      await platform.kill(part);
      await factsGrow(platform, 100);
      await viewsHave(platform, (await readFacts(platform.DATABASE_URL)).length);
    },
    240_000,
  );

  it('has lost nothing and doubled nothing in the end', async () => {
    await platform.pause('order-workload');
    await viewsAgree(platform, { withinMs: 90_000 });
    const facts = await readFacts(platform.DATABASE_URL);
    expect(facts.map(({ position }) => position)).toEqual(facts.map((_, index) => index + 1));
    const records = await readTopic(platform.KAFKA_BROKERS, 'orders.events.v1', 1_000_000);
    const keys = new Set(records.map(({ key }) => key));
    expect(keys).toEqual(new Set(facts.map(({ orderId, version }) => `${orderId}:${version}`)));
  }, 180_000);
});

/** Counts on from what there is; a store that is away meanwhile is asked again. */
async function factsGrow({ DATABASE_URL }: Platform, by: number): Promise<void> {
  let from: number | undefined;
  await eventually({ withinMs: 90_000 }, async () => {
    const count = await readFacts(DATABASE_URL).then(
      (facts) => facts.length,
      () => undefined,
    );
    from ??= count;
    expect(count ?? 0).toBeGreaterThanOrEqual((from ?? 0) + by);
  });
}

const viewsHave = ({ AUDIT_URL, REVENUE_URL }: Platform, facts: number) =>
  eventually({ withinMs: 90_000 }, async () => {
    const integrity = await call<{ contiguousTo: number }>(`${AUDIT_URL}/audit/integrity`).catch(() => undefined);
    expect(integrity?.body.contiguousTo ?? 0).toBeGreaterThanOrEqual(facts);
    const revenue = await call(`${REVENUE_URL}/projection`).catch(() => undefined);
    expect(revenue?.body ?? {}).toMatchObject({ state: 'running' });
  });
