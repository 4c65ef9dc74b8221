import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunningService } from '@orderlog/service-kit';
import { eventually, stackAddresses } from '@orderlog/local-stack';
import { ensureTopics, withAdmin } from '@orderlog/kafka';
import { topicDefinitions } from '@orderlog/order-contract';
import { readRelayConfig } from './config.js';
import { startOutboxRelay } from './start-outbox-relay.js';
import { givenOutbox, type Outbox } from './test-kit/given-outbox.js';

jest.setTimeout(60_000);
let outbox: Outbox;
let service: RunningService;
beforeAll(async () => {
  outbox = await givenOutbox();
  const config = readRelayConfig({
    RELAY_PORT: '0',
    RELAY_DATABASE_URL: outbox.databaseUrl,
    KAFKA_BROKERS: stackAddresses().KAFKA_BROKERS,
    TOPIC_PREFIX: outbox.prefix,
  });
  service = await startOutboxRelay(config, { stopOnSignals: false });
});
afterAll(async () => {
  await service?.stop('the test is over');
  const topics = topicDefinitions(outbox.prefix).map(({ topic }) => topic);
  await withAdmin(outbox.kafka, ({ admin }) => admin.deleteTopics({ topics }));
  await outbox?.remove();
});
const get = async (path: string) => {
  const answer = await fetch(service.url + path);
  return { status: answer.status, text: await answer.text() };
};

const isReady = () =>
  eventually({ withinMs: 30_000 }, async () => expect((await get('/health/ready')).status).toBe(200));

describe('the relay as a service', () => {
  it('is ready once the topics are what they have to be', async () => {
    await eventually({ withinMs: 30_000 }, async () => {
      const { status, text } = await get('/health/ready');
      expect(status).toBe(503);
      expect(text).toContain(`${outbox.prefix}orders.events.v1 does not exist`);
    });
    await withAdmin(outbox.kafka, (kafka) => ensureTopics(kafka, topicDefinitions(outbox.prefix)));
    await isReady();
  });

  it('shows what it holds, has sent and has to send', async () => {
    await outbox.keeps(['a', 'b', 'c'], { from: 1, to: 4 });
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    expect((await get('/health/live')).status).toBe(200);
    await eventually({ withinMs: 30_000 }, async () => {
      expect(JSON.parse((await get('/relay')).text)).toMatchObject({
        backlogRows: 0,
        oldestAgeMs: 0,
        sentRows: 24,
        partitions: [0, 1, 2, 3, 4, 5].map((partition) => ({ partition, state: 'sending', why: null })),
      });
    });
    const metrics = (await get('/metrics')).text;
    for (const line of [
      /^relay_backlog_rows\{.*\} 0$/m,
      /^relay_oldest_row_age_seconds\{.*\} 0$/m,
      /^relay_leases_held\{.*\} 6$/m,
    ]) {
      expect(metrics).toMatch(line);
    }
    const sent = [...metrics.matchAll(/^relay_rows_sent_total\{.*\} (\d+)$/gm)].map(([, rows]) => Number(rows));
    expect(sent.reduce((sum, rows) => sum + rows, 0)).toBe(24);
    expect(JSON.parse((await get('/openapi.json')).text)).toMatchObject({ paths: { '/relay': {} } });
  });

  it('is not ready while a row is refused, and says which', async () => {
    await outbox.owner.query(
      `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp)
       values ('no-such-topic-' || $1, 'o', 'T', 'x', 'the-key', 0, now())`,
      [outbox.prefix],
    );
    await eventually({ withinMs: 30_000 }, async () => {
      const { status, text } = await get('/health/ready');
      expect(status).toBe(503);
      expect(text).toContain('the-key');
    });
    await outbox.owner.query(`delete from orders.outbox`); // what a person may decide, and the relay may not
    await outbox.keeps(['a'], { from: 5, to: 5 });
    await isReady();
  });

  it('refuses to start with a misspelt setting', () => {
    expect(() => readRelayConfig({ RELAY_PROT: '1' })).toThrow('did you mean RELAY_PORT');
    expect(() => readRelayConfig({ RELAY_SEND_DEADLINE_MS: '7000' })).toThrow('at most half of RELAY_LEASE_MS');
  });
});
