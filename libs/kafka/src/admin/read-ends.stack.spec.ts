import { describe, expect, it } from '@jest/globals';
import { stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { brokersOf, kafkaClient, type KafkaConnection } from '../connection.js';
import { ensureTopics } from './ensure-topics.js';
import { withAdmin } from './kafka-admin.js';
import { readEnds } from './read-ends.js';

const connection = (): KafkaConnection => ({ brokers: brokersOf(stackAddresses().KAFKA_BROKERS), clientId: 'ends' });
const limits = { perPartition: 3, timeoutMs: 20_000 };

describe('the ends of a topic', () => {
  it('are the last records of each partition, and leave no group behind', async () => {
    const topic = `${topicPrefix()}ends`;
    const client = kafkaClient(connection());
    const admin = client.admin();
    await admin.connect();
    await withAdmin(connection(), (kafka) => ensureTopics(kafka, [{ topic, partitions: 2, configs: {} }]));
    const producer = client.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    for (let n = 1; n <= 5; n += 1) {
      await producer.send({
        topic,
        messages: [{ partition: 1, key: `k${n}`, value: `v${n}`, headers: { n: `${n}` } }],
      });
    }
    await producer.disconnect();

    const records = await readEnds(connection(), topic, limits);
    expect(
      records.map(({ partition, offset, key, headers }) => [partition, offset, String(key), String(headers['n'])]),
    ).toEqual([
      [1, 2, 'k3', '3'],
      [1, 3, 'k4', '4'],
      [1, 4, 'k5', '5'],
    ]);
    await admin.disconnect();
  }, 60_000);

  it('of a topic that is not there are none', async () => {
    expect(await readEnds(connection(), `${topicPrefix()}nothing`, limits)).toEqual([]);
  }, 60_000);

  it('are not waited for for ever, and nothing goes on asking for them: it is kafkajs that gives up', async () => {
    const silent: KafkaConnection = { brokers: ['127.0.0.1:9'], clientId: 'ends', connectTimeoutMs: 200 };
    const error = await readEnds(silent, 'any', { perPartition: 1, timeoutMs: 1_000 }).catch((caught: Error) => caught);
    expect(error).toMatchObject({ name: expect.stringContaining('KafkaJS') });
  }, 60_000);
});
