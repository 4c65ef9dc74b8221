import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, kafkaTool } from '@orderlog/local-stack';
import { readFacts } from './facts.js';
import { orderlogOn } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';
import { viewsAgree } from './views.js';

const projections = [
  { name: 'revenue-projection', url: 'REVENUE_URL' },
  { name: 'audit-projection', url: 'AUDIT_URL' },
] as const;

/** The promise of replay: whatever an operator resets, with whatever tool, the numbers are what they were. */
describe('a replay', () => {
  let platform: Platform;

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'shared', rate: 20 });
    await eventually({ withinMs: 60_000 }, async () =>
      expect((await readFacts(platform.DATABASE_URL)).length).toBeGreaterThan(300),
    );
  }, 180_000);
  afterAll(() => platform?.stop(), 90_000);

  const resets = [
    { what: 'to earliest', by: ['--to-earliest'], where: 'all' },
    {
      what: 'to a datetime',
      by: ['--to-datetime', new Date(Date.now() - 5_000).toISOString().replace('Z', '')],
      where: 'all',
    },
    { what: 'one partition by shift', by: ['--shift-by', '-10'], where: '2' },
  ];
  for (const { name, url } of projections) {
    it.each(resets)(
      `of ${name} by Kafka's own tool, $what, changes no number`,
      async ({ by, where }) => {
        const group = `${platform.prefix}${name}`;
        const topic = `${platform.prefix}orders.events.v1`;
        expect(await call(`${platform[url]}/projection/stop`, { method: 'POST' })).toMatchObject({ status: 200 });
        const topics = where === 'all' ? ['--all-topics'] : ['--topic', `${topic}:${where}`];
        await kafkaTool('kafka-consumer-groups', ['--group', group, '--reset-offsets', ...by, ...topics, '--execute'], {
          brokers: platform.KAFKA_BROKERS,
        });
        expect(await call(`${platform[url]}/projection/start`, { method: 'POST' })).toMatchObject({ status: 200 });
        await caughtUp(platform, url);
        await agreeAtRest(platform);
      },
      120_000,
    );
  }

  it('by one command does the whole of it, while the service answers', async () => {
    expect(await orderlogOn(platform)('replay', 'revenue-projection', '--to-earliest')).toEqual({
      code: 0,
      said: expect.stringMatching(/[1-9][\d,]* messages read again in .* it is running/),
    });
    await agreeAtRest(platform);
  }, 120_000);
});

/** Holds the flow of orders back while the views are compared with the facts. */
async function agreeAtRest(platform: Platform): Promise<void> {
  await platform.pause('order-workload');
  await viewsAgree(platform, { withinMs: 60_000 });
  await platform.resume('order-workload');
}

const caughtUp = (platform: Platform, url: 'REVENUE_URL' | 'AUDIT_URL') =>
  eventually({ withinMs: 60_000 }, async () => {
    const { body } = await call(`${platform[url]}/projection`);
    expect(body).toMatchObject({ state: 'running' });
  });
