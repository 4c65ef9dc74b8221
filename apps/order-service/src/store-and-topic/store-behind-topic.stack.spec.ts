import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { brokersOf, ensureTopics, kafkaClient, withAdmin } from '@orderlog/kafka';
import {
  createDatabase,
  eventually,
  migrate,
  repository,
  stackAddresses,
  topicPrefix,
  type TestDatabase,
} from '@orderlog/local-stack';
import { registerSchemas, startOn } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
}, 60_000);
afterAll(() => database.drop(), 30_000);

/** A topic that holds a fact at this position already. */
async function topicEndsAt(prefix: string, position: number): Promise<void> {
  const connection = { brokers: brokersOf(stackAddresses().KAFKA_BROKERS), clientId: 'test' };
  const topic = `${prefix}orders.events.v1`;
  await withAdmin(connection, (kafka) => ensureTopics(kafka, [{ topic, partitions: 6, configs: {} }]));
  const producer = kafkaClient(connection).producer({ allowAutoTopicCreation: false });
  await producer.connect();
  const headers = { 'event-position': String(position) };
  await producer.send({ topic, messages: [{ partition: 4, key: 'lost:1', value: 'a fact', headers }] });
  await producer.disconnect();
}

describe('a store that was put back', () => {
  it('takes no orders while it is behind its topic, answers what it knows, and takes them once it is not', async () => {
    const prefix = topicPrefix();
    await registerSchemas(prefix);
    const before = await startOn(database, prefix);
    const { placed } = telling(() => before);
    const id = await placed(100);
    await before.stop();

    await topicEndsAt(prefix, 3);
    const behind = await startOn(database, prefix);
    const { place, read, newId, call, capture } = telling(() => behind);
    for (const answer of [await place(newId()), await capture(id, 'p-1', 1)]) {
      expect(answer).toMatchObject({
        status: 503,
        body: {
          type: problemType('store-behind'),
          position: 1,
          topicPosition: 3,
          detail: expect.stringContaining('orderlog recover'),
        },
      });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    expect(await read(id)).toMatchObject({ status: 200 });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: {
        checks: expect.arrayContaining([
          expect.objectContaining({ name: 'store-and-topic', reason: expect.stringContaining('orderlog recover') }),
        ]),
      },
    });

    // What `orderlog recover` will do: the facts are back.
    const elsewhere = await startOn(database, topicPrefix(), { ORDERS_TAKE_UNCHECKED: 'true' });
    await registerSchemas(elsewhere.prefix);
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await telling(() => elsewhere).place(newId())).status).toBe(201),
    );
    await telling(() => elsewhere).placed();
    await eventually({ withinMs: 30_000 }, async () => expect((await place(newId())).status).toBe(201));
    await elsewhere.stop();
    await behind.stop();
  }, 60_000);
});
