import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, kafkaTool } from '@orderlog/local-stack';
import { captured, givenPlatform, placed, refunded, type Answer, type Platform } from './testing/platform.js';

/** Replay as anyone does it: Apache Kafka's own tool moves the offsets of a group that nobody is in. */
describe('revenue after a reset of the group’s offsets', () => {
  let platform: Platform;
  let app: Awaited<ReturnType<Platform['start']>>;
  let before: { bySku: Answer; entries: Answer };

  const status = async () => (await app.ask('/projection')).body;
  const everything = async () => ({
    bySku: (await app.ask('/revenue?groupBy=sku,day,currency&from=2000-01-01&limit=100000')).body,
    entries: (await app.ask('/revenue/entries?from=2000-01-01&limit=100000')).body,
  });
  const readToTheEnd = () =>
    eventually({ withinMs: 30_000 }, async () =>
      expect(await status()).toMatchObject({ state: 'running', lag: 0, waitingFor: [] }),
    );
  const reset = async (...how: string[]): Promise<string> => {
    const args = ['--group', platform.group, '--reset-offsets', ...how, '--execute'];
    return kafkaTool('kafka-consumer-groups', args);
  };

  beforeAll(async () => {
    platform = await givenPlatform();
    app = await platform.start();
    await platform.given(
      ...Array.from({ length: 400 }, (_, number) => [
        placed(`o-${number}`, 10_000),
        captured(`o-${number}`, 7_999, { sku: `SKU-${number % 7}`, quantity: 2 }),
        refunded(`o-${number}`, 500 + number, { sku: `SKU-${number % 7}` }),
      ]).flat(),
    );
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await status()).toMatchObject({ state: 'running', lag: 0, waitingFor: [] }),
    );
    before = await everything();
    expect(before.entries.rows).toHaveLength(800);
  }, 120_000);
  afterAll(() => platform.end(), 60_000);

  it.each([
    ['to the earliest', ['--all-topics', '--to-earliest']],
    ['to a datetime', ['--all-topics', '--to-datetime', '$datetime']],
    ['of one partition by a shift', ['--topic', '$topic:3', '--shift-by', '-50']],
  ])(
    '%s is what it was, and so it is on the way',
    async (_, how) => {
      const stopped = await app.tell('/projection/stop');
      expect(stopped.body).toMatchObject({ state: 'stopped', lag: 0 });
      // One fact a millisecond: the middle of them.
      const datetime = new Date(platform.firstRecorded / 1000 + 600).toISOString().replace('Z', '');
      const said = await reset(
        ...how.map((word) => word.replace('$topic', platform.topics.events).replace('$datetime', datetime)),
      );
      expect(said).toContain(platform.topics.events);
      const started = await app.tell('/projection/start');
      expect(started.status).toBe(200);
      expect(await everything()).toEqual(before);
      await readToTheEnd();
      expect(await everything()).toEqual(before);
    },
    60_000,
  );

  it('forward says what was passed over, and is whole again once it was read', async () => {
    await app.tell('/projection/stop');
    const more = Array.from({ length: 60 }, (_, number) => captured(`p-${number}`, 100, { sku: 'LATE' }));
    await platform.given(...more);
    await reset('--all-topics', '--to-latest');
    await app.tell('/projection/start');
    const incomplete = await status();
    expect(incomplete).toMatchObject({ state: 'incomplete', lag: 0 });
    const hidden = incomplete.incomplete.reduce((sum, hole) => sum + hole.to - hole.from, 0);
    expect(hidden).toBe(60);
    expect(await everything()).toEqual(before);

    await app.tell('/projection/stop');
    await reset('--all-topics', '--to-earliest');
    await app.tell('/projection/start');
    await readToTheEnd();
    expect((await status()).incomplete).toEqual([]);
    expect((await app.ask('/revenue?sku=LATE')).body.rows).toEqual([
      { sku: 'LATE', currency: 'GBP', captured: 6_000, refunded: 0, net: 6_000, units: 60 },
    ]);
  }, 120_000);
});
