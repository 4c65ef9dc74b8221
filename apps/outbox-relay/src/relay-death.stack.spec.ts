import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { givenOutbox, type Outbox } from './test-kit/given-outbox.js';
import { outOfOrder } from './test-kit/in-version-order.js';
import { startRelayProcess, type RelayProcess } from './test-kit/relay-process.js';

jest.setTimeout(90_000);
let outbox: Outbox;
const processes: RelayProcess[] = [];
beforeEach(async () => {
  outbox = await givenOutbox();
});
afterEach(async () => {
  for (const one of processes.splice(0)) {
    one.goOn();
    await one.kill();
  }
  await outbox.remove();
});
const given = async (env?: Record<string, string>) => {
  const started = await startRelayProcess(outbox, env);
  processes.push(started);
  return started;
};
const orders = Array.from({ length: 20 }, (_, index) => `order-${index}`);
const drained = () => eventually({ withinMs: 30_000 }, async () => expect(await outbox.waiting()).toBe(0));
const events = () => outbox.written(outbox.topics.events);
const wrong = async (versions: number) =>
  outOfOrder(await events(), await outbox.written(outbox.topics.state), orders, versions);
const partitionsOf = async (relay: RelayProcess) =>
  ((await (await fetch(`${relay.url}/relay`)).json()) as { partitions: unknown[] }).partitions.length;

describe('a relay that is killed', () => {
  it('after sending and before it forgets: the whole tail is sent again, nothing is lost', async () => {
    await outbox.keeps(orders, { from: 1, to: 3 });
    const holdsTheRows = await outbox.owner.connect();
    await holdsTheRows.query('begin');
    await holdsTheRows.query('select from orders.outbox for update'); // so nothing can be forgotten
    const first = await given();
    await eventually({ withinMs: 30_000 }, async () => expect(await events()).toHaveLength(60));
    await outbox.keeps(orders, { from: 4, to: 5 });
    await first.kill();
    // Its deletion waits in Postgres, and would be done after its death: it never got there.
    await outbox.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'relay'`,
    );
    await holdsTheRows.query('rollback');
    holdsTheRows.release();
    expect(await outbox.waiting()).toBe(200);
    await given();
    await drained();
    expect((await events()).map(({ key }) => key)).toHaveLength(60 + 100);
    expect(await wrong(5)).toEqual([]);
  });

  it('again and again while orders are taken: another one goes on within seconds, and the order is kept', async () => {
    let version = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        version++;
        await outbox.keeps(orders, { from: version, to: version });
        await new Promise((later) => setTimeout(later, 15));
      }
    })();
    for (let round = 0; round < 3; round++) {
      const relay = await given();
      await eventually({ withinMs: 30_000 }, async () => expect(await partitionsOf(relay)).toBe(6));
      await new Promise((later) => setTimeout(later, 300 + round * 170));
      await relay.kill();
    }
    await given();
    writing = false;
    await writer;
    await drained();
    expect(await wrong(version)).toEqual([]);
  });
});

describe('a relay that is paused for longer than its lease', () => {
  it('is replaced meanwhile, and does no harm when it wakes', async () => {
    let version = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        version++;
        await outbox.keeps(orders, { from: version, to: version });
        await new Promise((later) => setTimeout(later, 15));
      }
    })();
    const [paused, heir] = [await given(), await given()];
    await eventually({ withinMs: 30_000 }, async () =>
      expect([await partitionsOf(paused), await partitionsOf(heir)]).toEqual([3, 3]),
    );
    paused.pause();
    await eventually({ withinMs: 30_000 }, async () => expect(await partitionsOf(heir)).toBe(6));
    await new Promise((later) => setTimeout(later, 500));
    paused.goOn();
    await eventually({ withinMs: 30_000 }, () => expect(paused.said('relay.lease-lost')).toBe(true));
    await eventually({ withinMs: 30_000 }, async () =>
      expect([await partitionsOf(paused), await partitionsOf(heir)]).toEqual([3, 3]),
    );
    writing = false;
    await writer;
    await drained();
    expect(await wrong(version)).toEqual([]);
  });
});

describe('a relay that is told to stop', () => {
  it('ends what is under way and gives its partitions back at once', async () => {
    const [first, second] = [await given(), await given()];
    await eventually({ withinMs: 30_000 }, async () =>
      expect([await partitionsOf(first), await partitionsOf(second)]).toEqual([3, 3]),
    );
    await outbox.keeps(orders, { from: 1, to: 30 });
    expect(await outbox.owners()).toHaveLength(2);
    expect(await first.stop()).toBe(0);
    expect(await outbox.owners()).toHaveLength(1); // no lease has to run out
    await eventually({ withinMs: 30_000 }, async () => expect(await partitionsOf(second)).toBe(6));
    await drained();
    expect(await wrong(30)).toEqual([]);
  });
});
