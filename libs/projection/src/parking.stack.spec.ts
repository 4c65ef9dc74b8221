import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { consumeBatches, type BatchConsumer, type PlainMessage } from '@orderlog/kafka';
import { eventually, kafkaTool } from '@orderlog/local-stack';
import type { ProjectionRuntime } from './projection-runtime.js';
import { earned, givenThings, things, type Thing } from './testing/things.js';

let given: Awaited<ReturnType<typeof givenThings>>;
const consumers: BatchConsumer[] = [];
beforeEach(async () => {
  given = await givenThings();
});
afterEach(async () => {
  for (const consumer of consumers.splice(0)) await consumer.stop();
  await given.end();
}, 60_000);

/** Reads the topic for real. */
async function running(runtime: ProjectionRuntime<Thing>): Promise<ProjectionRuntime<Thing>> {
  const consumer = consumeBatches({
    connection: given.connection,
    topics: [given.topic],
    handle: (batch) => runtime.handle(batch),
    ...runtime.consumerOptions(),
    onFailure: (error) => runtime.failed(error, 0),
  });
  consumers.push(consumer);
  await consumer.start();
  return runtime;
}
const poison = (stream: string, version: number): PlainMessage => ({
  key: `${stream}:${version}`,
  value: Buffer.from('not JSON'),
  headers: { 'order-id': stream },
  partition: 0,
});
const readUpTo = (runtime: ProjectionRuntime<Thing>, offset: number) =>
  eventually({ withinMs: 30_000 }, async () => expect((await runtime.status()).partitions).toMatchObject([{ offset }]));

describe('a poison event', () => {
  it('parks its order and what comes after, and nobody else; a copy tells people', async () => {
    const runtime = await running(given.runtime());
    await given.send([earned('a', 1, 1), poison('b', 1), earned('a', 2, 2), earned('b', 2, 4), earned('c', 1, 8)]);
    await readUpTo(runtime, 5);
    expect(await given.sums()).toEqual({ TEA: 11 });
    expect(await runtime.parked()).toMatchObject([
      { stream: 'b', firstOffset: 1, messages: 2, error: expect.stringContaining('SyntaxError') },
    ]);
    expect(await runtime.status()).toMatchObject({ state: 'running', lag: 0, parked: { orders: 1 } });
    await given.send([earned('b', 3, 16)]);
    await readUpTo(runtime, 6);
    expect(await runtime.parked()).toMatchObject([{ stream: 'b', messages: 3 }]);
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await given.query('select count(*) from revenue.parked_messages where copied')).toEqual([{ count: '3' }]),
    );
    const letters = await kafkaTool('kafka-console-consumer', [
      ...['--topic', `${given.group}.dlq`, '--from-beginning', '--max-messages', '3', '--timeout-ms', '20000'],
      ...['--property', 'print.headers=true', '--property', 'print.key=true'],
    ]);
    expect(letters).toMatch(/dlq-error:SyntaxError.*dlq-offset:1.*b:1\tnot JSON/);
    expect(letters).toContain('stands behind offset 1 of its order');
  }, 60_000);

  it('is let through in order, once its cause is mended', async () => {
    const source = things(given.topic);
    const mended = { now: false };
    const runtime = await running(
      given.runtime({
        source: {
          ...source,
          read: (message) =>
            mended.now && String(message.value) === 'not JSON'
              ? { kind: 'event', event: { stream: 'b', version: 1, sku: 'TEA', amount: 100 } }
              : source.read(message),
        },
      }),
    );
    await given.send([poison('b', 1), earned('b', 2, 4), earned('c', 1, 8)]);
    await readUpTo(runtime, 3);
    expect(await runtime.retry('b')).toMatchObject({ outcome: 'still-poison', offset: 0, messages: 0 });
    mended.now = true;
    expect(await runtime.retry('b')).toEqual({ outcome: 'released', messages: 2 });
    expect(await runtime.retry('b')).toEqual({ outcome: 'not-parked' });
    expect(await given.sums()).toEqual({ TEA: 112 });
    await given.send([earned('b', 3, 1)]);
    await readUpTo(runtime, 4);
    expect(await given.sums()).toEqual({ TEA: 113 });
    expect(await runtime.parked()).toEqual([]);
  }, 60_000);

  it('is one that Postgres refuses, too: the others of its batch are written', async () => {
    const runtime = await running(given.runtime());
    await given.send([
      earned('a', 1, 1),
      earned('nul', 1, 2, 'T\u0000A'),
      earned('long', 1, 2, longText()),
      earned('c', 1, 4),
    ]);
    await readUpTo(runtime, 4);
    expect(await given.sums()).toEqual({ TEA: 5 });
    expect((await runtime.parked()).map(({ stream }) => stream).sort()).toEqual(['long', 'nul']);
  }, 60_000);

  it('that does not say whose it is is parked alone', async () => {
    const runtime = await running(given.runtime());
    await given.send([{ key: '', value: Buffer.from('?'), partition: 0 }, earned('a', 1, 1)]);
    await readUpTo(runtime, 2);
    expect(await runtime.parked()).toMatchObject([{ stream: `${given.topic}/0/0`, messages: 1 }]);
    expect(await given.sums()).toEqual({ TEA: 1 });
  }, 60_000);

  it('in too great a number pauses the projection, and it goes on where people let some through', async () => {
    const registry = { mended: false };
    const source = things(given.topic);
    const runtime = await running(
      given.runtime({
        parkedLimit: 3,
        source: {
          ...source,
          read: (message) =>
            registry.mended && String(message.value) === 'not JSON' ? { kind: 'nothing' } : source.read(message),
        },
      }),
    );
    await given.send([
      earned('a', 1, 1),
      ...['b', 'c', 'd', 'e'].map((stream) => poison(stream, 1)),
      earned('f', 1, 2),
    ]);
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await runtime.status()).toMatchObject({
        state: 'failed',
        reason: expect.stringContaining('3 orders are parked'),
        partitions: [{ offset: 4 }],
      }),
    );
    expect(await given.sums()).toEqual({ TEA: 1 });
    registry.mended = true;
    expect(await runtime.retry('b')).toMatchObject({ outcome: 'released' });
    await readUpTo(runtime, 6);
    expect(await given.sums()).toEqual({ TEA: 3 });
  }, 60_000);
});

describe('an event of a type that nobody knows', () => {
  it('is passed over, and remembered until it is known', async () => {
    const runtime = await running(given.runtime());
    const unknown = { key: 'a:2', value: Buffer.from('{"type":"Moved"}'), partition: 0 };
    await given.send([earned('a', 1, 1), unknown, unknown, earned('a', 3, 1)]);
    await readUpTo(runtime, 4);
    expect((await runtime.status()).unknownTypes).toEqual([
      { type: 'Moved', topic: given.topic, partition: 0, firstOffset: 1 },
    ]);
    expect(await given.sums()).toEqual({ TEA: 2 });
  }, 60_000);
});

describe('a part that is away', () => {
  it('is waited for, and nothing is parked: the registry', async () => {
    const registry = { away: true };
    const runtime = await running(given.runtime({ source: things(given.topic, registry) }));
    await given.send([earned('a', 1, 1)]);
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await runtime.status()).waitingFor).toMatchObject([{ what: 'the registry' }]),
    );
    expect(await runtime.parked()).toEqual([]);
    registry.away = false;
    await readUpTo(runtime, 1);
    expect(await given.sums()).toEqual({ TEA: 1 });
    expect((await runtime.status()).waitingFor).toEqual([]);
  }, 60_000);

  it('is waited for, and nothing is lost: the database', async () => {
    const runtime = await running(given.runtime());
    await given.query('alter table revenue.totals rename to hidden');
    await given.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'revenue' and datname = current_database()`,
    );
    await given.send([earned('a', 1, 1)]);
    // Who asks may be given a connection that is ended already and does not know it yet.
    const status = () => runtime.status().catch(() => undefined);
    await eventually({ withinMs: 30_000 }, async () =>
      expect(await status()).toMatchObject({ waitingFor: [{ what: 'the database' }] }),
    );
    await given.query('alter table revenue.hidden rename to totals');
    await readUpTo(runtime, 1);
    expect(await given.sums()).toEqual({ TEA: 1 });
  }, 60_000);
});

/** Random enough that Postgres cannot compress it below what an index takes. */
const longText = (): string => Array.from({ length: 20_000 }, () => Math.random().toString(36)[2]).join('');
