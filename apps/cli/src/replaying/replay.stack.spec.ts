import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type BatchConsumer,
  consumeBatches,
  ensureTopics,
  type KafkaConnection,
  PlainProducer,
  withAdmin,
} from '@orderlog/kafka';
import { stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { replay, type ReplayOptions } from './replay.js';

/** A real member of a real group, behind the control endpoints of a projection: it counts what it reads, by offset. */
class CountingProjection {
  readonly read = new Map<string, number>();
  readonly asked: string[] = [];
  private readonly consumer: BatchConsumer;
  private server: Server | undefined;
  private stopped = false;
  url = '';

  constructor(
    private readonly connection: KafkaConnection,
    readonly group: string,
    private readonly topic: string,
  ) {
    this.consumer = consumeBatches({
      connection,
      groupId: group,
      topics: [topic],
      handle: async (batch) => {
        for (const { offset } of batch.messages) {
          const place = `${batch.partition}/${offset}`;
          this.read.set(place, (this.read.get(place) ?? 0) + 1);
        }
      },
      onFailure: (error) => {
        throw error;
      },
    });
  }

  async start(): Promise<void> {
    await this.consumer.start();
    this.server = createServer((request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      const done = this.answer(request.url!).then(
        (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
        (error: Error) => response.writeHead(500).end(JSON.stringify({ title: error.message })),
      );
      void done;
    });
    await new Promise<void>((listening) => this.server!.listen(0, '127.0.0.1', listening));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server!.closeAllConnections();
    this.server!.close();
    await this.consumer.stop();
  }

  get isReading(): boolean {
    return this.consumer.state === 'running';
  }

  private async answer(path: string): Promise<object> {
    if (path === '/projection/stop' && !this.stopped) {
      await this.consumer.stop();
      this.stopped = true;
    }
    if (path === '/projection/start' && this.stopped) {
      await this.consumer.start();
      this.stopped = false;
    }
    return this.status();
  }

  private status = (): Promise<object> =>
    withAdmin(this.connection, async ({ admin }) => {
      const ends = await admin.fetchTopicOffsets(this.topic);
      const [committed] = await admin.fetchOffsets({ groupId: this.group, topics: [this.topic] });
      const partitions = ends.map(({ partition, high }) => {
        const offset = committed!.partitions.find((one) => one.partition === partition)!.offset;
        return { topic: this.topic, partition, offset: Math.max(0, Number(offset)), end: Number(high) };
      });
      return { name: 'counting', state: this.stopped ? 'stopped' : 'running', partitions, incomplete: [], lag: 0 };
    });
}

const connection: KafkaConnection = { brokers: stackAddresses().KAFKA_BROKERS.split(','), clientId: 'replay-test' };
const perPartition = 50;
let topic: string;
let projection: CountingProjection;

beforeEach(async () => {
  const prefix = topicPrefix();
  topic = `${prefix}facts`;
  await withAdmin(connection, (kafka) => ensureTopics(kafka, [{ topic, partitions: 2, configs: {} }]));
  const producer = new PlainProducer(connection);
  const messages = [0, 1].flatMap((partition) =>
    Array.from({ length: perPartition }, (_, at) => ({ key: String(at), value: Buffer.from('x'), partition })),
  );
  await producer.send(topic, messages);
  await producer.close();
  projection = new CountingProjection(connection, `${prefix}counting`, topic);
  await projection.start();
  await run('earliest');
}, 60_000);
afterEach(() => projection.stop());

function run(to: ReplayOptions['to'], more: Partial<ReplayOptions> = {}) {
  return replay({
    projection: { name: 'counting', url: projection.url, group: projection.group },
    to,
    connection,
    signal: new AbortController().signal,
    say: () => undefined,
    onReplaying: () => undefined,
    pollMs: 100,
    ...more,
  });
}
const timesRead = (partition: number) =>
  Array.from({ length: perPartition }, (_, offset) => projection.read.get(`${partition}/${offset}`) ?? 0);

describe('replay', () => {
  it('reads everything again, while the service stays up', async () => {
    projection.read.clear();
    const told: [number, number][] = [];
    const { messages, state } = await run('earliest', { onReplaying: (done, total) => told.push([done, total]) });
    expect({ messages, state }).toEqual({ messages: 2 * perPartition, state: 'running' });
    expect([...timesRead(0), ...timesRead(1)]).toEqual(Array<number>(2 * perPartition).fill(1));
    expect(told.at(-1)).toEqual([2 * perPartition, 2 * perPartition]);
    expect(projection.isReading).toBe(true);
  }, 60_000);

  it('reads the end of one partition again, and nothing of the other', async () => {
    projection.read.clear();
    const { moves, messages } = await run({ shift: -10 }, { partitions: [1] });
    expect(moves).toMatchObject([
      { topic, partition: 1, from: perPartition, to: perPartition - 10, end: perPartition },
    ]);
    expect(messages).toBe(10);
    expect(timesRead(0)).toEqual(Array<number>(perPartition).fill(0));
    expect(timesRead(1).reduce((sum, times) => sum + times)).toBe(10);
  }, 60_000);

  it('says where a time is later than any message', async () => {
    const { moves } = await run({ instant: (Date.now() + 3_600_000) * 1000 });
    expect(moves.map(({ note }) => note)).toEqual(Array<string>(2).fill('no message is that late: the end'));
  }, 60_000);

  it('starts it again where the group has another member, and moves nothing', async () => {
    const other = consumeBatches({
      connection,
      groupId: projection.group,
      topics: [topic],
      handle: async () => undefined,
      onFailure: () => undefined,
    });
    await other.start();
    try {
      await expect(run('earliest', { emptyLimitMs: 1_000 })).rejects.toThrow(/stop its members first|counting/);
      expect(projection.isReading).toBe(true);
    } finally {
      await other.stop();
    }
  }, 60_000);

  it('starts it again where a person stops the command in the middle', async () => {
    const stop = new AbortController();
    const replayed = run('earliest', {
      signal: stop.signal,
      say: (text) => text.startsWith('stopping') && setImmediate(() => stop.abort(new Error('Ctrl-C'))),
    });
    await expect(replayed).rejects.toThrow();
    expect(projection.isReading).toBe(true);
    expect(projection.asked.at(-1)).toBe('POST /projection/start');
  }, 60_000);

  it('names a partition that there is not, and resets nothing', async () => {
    await expect(run('earliest', { partitions: [7] })).rejects.toThrow('no topic has a partition 7');
    expect(projection.isReading).toBe(true);
  }, 60_000);
});
