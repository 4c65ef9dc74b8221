import 'reflect-metadata';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import { describeGroup, resetGroup } from '../admin/groups.js';
import { withAdmin } from '../admin/kafka-admin.js';
import type { ReceivedBatch } from '../consuming/received-batch.js';
import { PlainProducer } from '../producing/plain-producer.js';
import { InterruptibleNetwork } from '../testing/interruptible-network.js';
import { eventually, testConnection, testTopic } from '../testing/test-topic.js';
import { BatchHandler } from './batch-handler.js';
import { BatchServer, type BatchServerOptions } from './batch-server.js';

jest.setTimeout(200_000);
const cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function given(options: Partial<BatchServerOptions> = {}) {
  const topic = await testTopic(1);
  cleanUp.push(topic.remove);
  const seen = { values: [] as string[], failures: [] as string[], fatal: [] as Error[] };
  const handler = { broken: false };

  @Controller()
  class Things {
    @BatchHandler('things')
    async take(@Payload() batch: ReceivedBatch): Promise<void> {
      if (handler.broken) throw new Error('the database is on fire');
      seen.values.push(...batch.messages.map(({ value }) => String(value)));
    }
  }
  @Module({ controllers: [Things] })
  class ThingsModule {}

  const server = new BatchServer({
    connection: testConnection,
    groupId: topic.group,
    topics: { things: topic.topic },
    onFailure: (error) => void seen.failures.push(error.message),
    onFatal: (error) => void seen.fatal.push(error),
    ...options,
  });
  const start = async (): Promise<INestMicroservice> => {
    const app = await NestFactory.createMicroservice(ThingsModule, { strategy: server, logger: ['error'] });
    await app.listen();
    cleanUp.push(() => app.close());
    return app;
  };
  return { topic, server, seen, handler, start };
}

describe('a Nest app on the batch transport', () => {
  it('is handed batches, and leaves and joins the group while it stays up', async () => {
    const { topic, server, seen, start } = await given();
    await topic.send(0, ['a', 'b']);
    await start();
    await eventually(() => expect(seen.values).toEqual(['a', 'b']));
    expect(server.session.state).toBe('running');
    await server.stop();
    await withAdmin(testConnection, async (kafka) => {
      expect(await describeGroup(kafka, topic.group)).toMatchObject({ state: 'empty' });
      await resetGroup(kafka, topic.group, topic.topic, 'earliest');
    });
    server.start();
    await eventually(() => expect(seen.values).toEqual(['a', 'b', 'a', 'b']));
  });

  it('reports what the handler threw as it was, and tries again until it is done', async () => {
    const { topic, server, seen, handler, start } = await given();
    handler.broken = true;
    await topic.send(0, ['a']);
    await start();
    await eventually(() => expect(seen.failures).toContain('the database is on fire'));
    expect(server.session).toMatchObject({ state: 'waiting' });
    handler.broken = false;
    await eventually(() => expect(seen.values).toEqual(['a']));
    expect(seen.fatal).toEqual([]);
  });

  it('is up while Kafka is away, and says so', async () => {
    const { server, seen, start } = await given({
      connection: { ...testConnection, brokers: ['127.0.0.1:1'], connectTimeoutMs: 100 },
    });
    await start();
    await eventually(
      () => expect(server.session).toMatchObject({ state: 'waiting', retryAt: expect.any(Number) }),
      60_000,
    );
    expect(seen.failures).not.toEqual([]);
  });

  it('comes back by itself when Kafka was away or mute for a while, and loses no message', async () => {
    const network = new InterruptibleNetwork();
    const { topic, server, seen, start } = await given({
      connection: { ...testConnection, socketFactory: network.socketFactory, requestTimeoutMs: 1_000 },
      sessionTimeoutMs: 6_000,
    });
    await topic.send(0, ['a']);
    await start();
    await eventually(() => expect(seen.values).toEqual(['a']));
    network.cut();
    await topic.send(0, ['b']);
    await eventually(() => expect(seen.failures).not.toEqual([]), 40_000);
    network.mend();
    await eventually(() => expect(seen.values).toEqual(['a', 'b']), 60_000);
    const failures = seen.failures.length;
    network.holdRequests(); // connected, and nothing comes through
    await topic.send(0, ['c']);
    await eventually(() => expect(seen.failures.length).toBeGreaterThan(failures), 60_000);
    network.releaseRequests();
    await eventually(() => expect(seen.values.slice(-1)).toEqual(['c']), 60_000);
    expect(seen.values.filter((value) => value !== 'c')).toEqual(['a', 'b']);
    await eventually(() => expect(server.session.state).toBe('running'), 60_000);
    expect(seen.fatal).toEqual([]);
  });

  it('does not start with a topic that nobody handles', async () => {
    const { start } = await given({ topics: { others: 'x' } });
    await expect(start()).rejects.toThrow("no method is a @BatchHandler('others')");
  });
});

describe('a plain producer', () => {
  it('writes keys, headers and the partition that it is told', async () => {
    const { topic, seen, start } = await given();
    const producer = new PlainProducer(testConnection);
    await producer.send(topic.topic, [{ key: 'k', value: Buffer.from('v'), headers: { why: 'poison' }, partition: 0 }]);
    await producer.close();
    await start();
    await eventually(() => expect(seen.values).toEqual(['v']));
  });
});
