import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { partitionOf } from '@orderlog/order-contract';
import { HeldLease } from '../leasing-partitions/held-lease.js';
import { FencedProducer, InterruptibleNetwork } from '@orderlog/kafka';
import pg from 'pg';
import { log } from '../signals.js';
import { givenOutbox, type Outbox } from '../test-kit/given-outbox.js';
import { outOfOrder } from '../test-kit/in-version-order.js';
import { PartitionSender } from './partition-sender.js';
import { SettledSeqs } from './settled-seqs.js';

jest.setTimeout(60_000);
let outbox: Outbox;
beforeEach(async () => {
  outbox = await givenOutbox();
});
afterEach(() => outbox.remove());
const orders = Array.from({ length: 30 }, (_, index) => `order-${index}`);
const drained = () => eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
const wrong = async (versions: number) =>
  outOfOrder(await outbox.written(outbox.topics.events), await outbox.written(outbox.topics.state), orders, versions);

describe('rows of the outbox', () => {
  it('are in Kafka once, on their partition, with key, value, headers and time, and are gone from the outbox', async () => {
    await outbox.keeps(orders, { from: 1, to: 5 });
    outbox.relay();
    await drained();
    const events = await outbox.written(outbox.topics.events);
    expect(events).toHaveLength(150);
    expect(events.find(({ key }) => key === 'order-7:3')).toMatchObject({
      partition: partitionOf('order-7'),
      value: '3',
      headers: { 'order-id': 'order-7', 'order-version': '3', traceparent: undefined },
      timestampMs: Date.parse('2026-11-24T10:00:00.123Z'),
    });
    expect(await wrong(5)).toEqual([]);
  });

  it('are sent within moments of their commit', async () => {
    outbox.relay();
    await outbox.keeps(['warm-up'], { from: 1, to: 1 });
    await drained();
    const tookMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      await new Promise((idle) => setTimeout(idle, 300));
      const began = performance.now();
      await outbox.keeps(['order-1'], { from: round + 1, to: round + 1 });
      await eventually({ withinMs: 30_000, everyMs: 5 }, async () => expect(await outbox.waiting()).toBe(0));
      tookMs.push(performance.now() - began);
    }
    expect(Math.min(...tookMs)).toBeLessThan(150);
  });

  it('stay in order while they are larger than a request, and while many are written', async () => {
    outbox.relay({ requestBytes: 20_000 });
    for (let version = 1; version <= 20; version++) await outbox.keeps(orders, { from: version, to: version }, 3_000);
    await drained();
    expect(await wrong(20)).toEqual([]);
  });

  it('are not skipped when one with a smaller seq becomes visible after a larger one was sent', async () => {
    outbox.relay({ writersLimitMs: 60_000 });
    const late = await outbox.owner.connect();
    await late.query('begin');
    await outbox.keeps(['late'], { from: 1, to: 3 }, 100, late);
    await outbox.keeps(orders, { from: 1, to: 3 });
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    await new Promise((later) => setTimeout(later, 2_000));
    await late.query('commit');
    late.release();
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    const keys = (await outbox.written(outbox.topics.events))
      .map(({ key }) => key)
      .filter((key) => key.startsWith('late'));
    expect(keys).toEqual(['late:1', 'late:2', 'late:3']);
    expect(await wrong(3)).toEqual([]);
  });
});

describe('a row that comes later than any writer may', () => {
  it('is found by the next look at everything, and said', async () => {
    outbox.relay({ writersLimitMs: 500, sweepEveryMs: 4_000 });
    const late = await outbox.owner.connect();
    await late.query('begin');
    await outbox.keeps(['late'], { from: 1, to: 1 }, 100, late);
    await outbox.keeps(orders, { from: 1, to: 1 });
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    await new Promise((settled) => setTimeout(settled, 2_000));
    await outbox.keeps(orders, { from: 2, to: 2 }); // one more look, and the marks are above the late row
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
    const heard = log.heard('relay.late-row', { withinMs: 30_000 });
    await late.query('commit');
    late.release();
    await heard;
    await eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
  });
});

describe('a relay that was paused', () => {
  it('sends nothing when it takes a new epoch after its lease went to another', async () => {
    await outbox.owner.query(`insert into relay.leases (partition, owner, token, until)
                              select partition, 'another relay', 2, now() + interval '1 hour' from generate_series(0, 5) partition`);
    await outbox.keeps(orders, { from: 1, to: 2 });
    const pool = new pg.Pool({ connectionString: outbox.databaseUrl });
    const producer = new FencedProducer({ connection: outbox.kafka, deadlineMs: 20_000 });
    const said: string[] = [];
    const say = (what: string) => () => void said.push(what);
    const believesItHoldsIt = new HeldLease(0, 1, performance.now() + 60_000);
    const sender = new PartitionSender(believesItHoldsIt, {
      pool,
      producer,
      identity: `${outbox.prefix}relay-0`,
      settled: new SettledSeqs(10_000),
      requestBytes: 500_000,
      sendDeadlineMs: 1_000,
      sweepEveryMs: 60_000,
      nextRows: async () => undefined,
      report: {
        sent: say('sent'),
        fenced: say('fenced'),
        kafkaAway: say('kafka away'),
        kafkaAnswered: say('kafka answered'),
        postgresAway: say('postgres away'),
        postgresAnswered: say('postgres answered'),
        lateRow: say('late row'),
        unexpected: say('unexpected'),
        blocked: say('blocked'),
        unblocked: say('unblocked'),
      },
    });
    await new Promise((later) => setTimeout(later, 1_500));
    believesItHoldsIt.end();
    await sender.done;
    expect(said).toEqual([]);
    expect(await outbox.written(outbox.topics.events)).toEqual([]);
    await producer.close();
    await pool.end();
  });
});

describe('Postgres', () => {
  it('may cut its connections again and again: nothing is lost, and the order is kept', async () => {
    outbox.relay();
    for (let version = 1; version <= 15; version++) {
      await outbox.keeps(orders, { from: version, to: version });
      await outbox.owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'relay'`,
      );
      await new Promise((later) => setTimeout(later, 20 * (version % 5)));
    }
    await drained();
    expect(await wrong(15)).toEqual([]);
  });
});

describe('Kafka', () => {
  it('may be away: the backlog grows, and drains in order when it is back', async () => {
    const network = new InterruptibleNetwork();
    const relay = outbox.relay({ kafka: { ...outbox.kafka, socketFactory: network.socketFactory } });
    await outbox.keeps(orders, { from: 1, to: 2 });
    await drained();
    network.cut();
    for (let version = 3; version <= 6; version++) await outbox.keeps(orders, { from: version, to: version });
    await eventually({ withinMs: 30_000 }, () =>
      expect(relay.status().map(({ state }) => state)).toEqual(Array(6).fill('retrying')),
    );
    expect(await outbox.waiting()).toBe(240);
    const backlog = await relay.backlog();
    expect(backlog.reduce((sum, { rows }) => sum + rows, 0)).toBe(240);
    expect(Math.max(...backlog.map(({ oldestAgeMs }) => oldestAgeMs))).toBeGreaterThan(0);
    network.mend();
    await drained();
    await eventually({ withinMs: 30_000 }, () =>
      expect(relay.status().map(({ state }) => state)).toEqual(Array(6).fill('sending')),
    );
    expect(await wrong(6)).toEqual([]);
  });

  it('may lose its answers: what was written all the same is sent again in order', async () => {
    const network = new InterruptibleNetwork();
    const relay = outbox.relay({ kafka: { ...outbox.kafka, socketFactory: network.socketFactory } });
    await outbox.keeps(orders, { from: 1, to: 1 });
    await drained();
    network.loseAnswers(true);
    await outbox.keeps(orders, { from: 2, to: 4 });
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await outbox.written(outbox.topics.events)).length).toBeGreaterThan(30),
    );
    await eventually({ withinMs: 30_000 }, () =>
      expect(relay.status().map(({ state }) => state)).toEqual(Array(6).fill('retrying')),
    );
    network.loseAnswers(false);
    await outbox.keeps(orders, { from: 5, to: 5 });
    await drained();
    expect((await outbox.written(outbox.topics.events)).length).toBeGreaterThan(150);
    expect(await wrong(5)).toEqual([]);
  });
});
