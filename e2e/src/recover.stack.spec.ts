import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, stackAddresses } from '@orderlog/local-stack';
import pg from 'pg';
import { readFacts } from './facts.js';
import { orderlogOn } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';
import { readRevenue, viewsAgree } from './views.js';

const grace = { name: 'Grace Hopperfield' };

/** The promise that a restore from a backup loses nothing that was on the topic, on the whole platform as it runs. */
describe('a platform whose database is put back from a backup', () => {
  let platform: Platform;
  let superuser: pg.Client;
  let name: string;
  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'shared', rate: 0 });
    name = new URL(platform.DATABASE_URL).pathname.slice(1);
    superuser = new pg.Client({ connectionString: stackAddresses().DATABASE_URL });
    await superuser.connect();
  }, 240_000);
  afterAll(async () => {
    await superuser?.query(`drop database if exists ${name}_backup with (force)`);
    await superuser?.end();
    await platform?.stop();
  }, 90_000);

  /** Told again it is the same command. Status 0: nobody answered, for its process is just being started again. */
  const told = (path: string, body: object): Promise<{ status: number; body?: object }> => {
    const key = createHash('sha256').update(path).update(JSON.stringify(body)).digest('hex');
    const request = { method: 'POST', body, headers: { 'idempotency-key': key } };
    return call(`${platform.ORDERS_URL}${path}`, request).catch(() => ({ status: 0 }));
  };
  const place = (orderId: string, customer = grace) =>
    told('/orders', {
      ...{ orderId, customerId: `c-${orderId}`, customer, currency: 'GBP' },
      lines: [{ sku: 'TEA', quantity: 2, unitPrice: 1_250 }],
    });
  const done = async (answer: ReturnType<typeof told>) => expect([200, 201]).toContain((await answer).status);
  const read = async (orderId: string, query = '') =>
    (await call(`${platform.ORDERS_URL}/orders/${orderId}${query}`)).body;

  const orderlog = (...args: string[]) => orderlogOn(platform)(...args);

  /** While nobody is connected to it. */
  async function alone(work: () => Promise<unknown>): Promise<void> {
    await superuser.query(`alter database ${name} allow_connections false`);
    await superuser.query('select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1', [name]);
    await work();
    await superuser.query(`alter database ${name} allow_connections true`);
  }

  /** @returns how many facts it has */
  async function backUp(): Promise<number> {
    await superuser.query(`drop database if exists ${name}_backup`);
    await alone(() => superuser.query(`create database ${name}_backup template ${name}`));
    const backup = new URL(platform.DATABASE_URL);
    backup.pathname = `/${name}_backup`;
    return (await readFacts(backup.href)).length;
  }
  async function putBack(): Promise<void> {
    await alone(async () => {
      await superuser.query(`drop database ${name}`);
      await superuser.query(`create database ${name} template ${name}_backup`);
    });
    for (const writer of ['order-service', 'outbox-relay']) await platform.kill(writer);
    // Of a member that is killed its group hears only when it is missed.
    for (const reader of ['revenue-projection', 'audit-projection']) await platform.restart(reader);
  }
  async function replayAll(): Promise<void> {
    for (const projection of ['revenue-projection', 'audit-projection']) {
      await eventually({ withinMs: 60_000 }, async () =>
        expect(await orderlog('replay', projection, '--to-earliest')).toMatchObject({ code: 0 }),
      );
    }
    await viewsAgree(platform, { withinMs: 60_000 });
  }
  const verified = () =>
    eventually({ withinMs: 60_000 }, async () =>
      expect(await orderlog('verify')).toEqual({ code: 0, said: expect.not.stringContaining('DIFFERENCE') }),
    );

  it('gets its facts back from the topic and goes on as if nothing had been', async () => {
    await done(place('before'));
    await done(told('/orders/before/payments', { paymentId: 'p-1', amount: 2_500 }));
    await viewsAgree(platform, { withinMs: 60_000 });
    const kept = await backUp();

    await eventually({ withinMs: 60_000 }, () =>
      done(told('/orders/before/refunds', { refundId: 'r-1', amount: 500, reason: 'lid' })),
    );
    for (const orderId of ['after-1', 'after-2', 'after-3']) {
      await done(place(orderId));
      await done(told(`/orders/${orderId}/payments`, { paymentId: 'p-1', amount: 2_000 }));
    }
    expect((await told('/orders/after-1/payments', { paymentId: 'p-2', amount: 9_000 })).status).toBe(422);
    await done(told('/customers/c-before/erasure', { reason: 'asked to be forgotten' }));
    await viewsAgree(platform, { withinMs: 60_000 });
    const facts = await readFacts(platform.DATABASE_URL);
    const revenue = await readRevenue(platform);
    const at = `?at=${encodeURIComponent(new Date().toISOString())}`;
    const states = async () =>
      Promise.all(
        ['before', 'after-1', 'after-2', 'after-3'].map((id) => read(id, at).then(({ customer: _, ...rest }) => rest)),
      );
    const known = await states();
    const forgotten = (await read('before'))['customer'];
    expect(forgotten).toMatchObject({ forgotten: true });

    await putBack();
    await eventually({ withinMs: 90_000 }, async () =>
      expect(await place('too-early')).toMatchObject({
        status: 503,
        body: { type: 'urn:orderlog:problem:store-behind', position: kept, topicPosition: facts.length },
      }),
    );
    expect((await read('before'))['customer']).toEqual({ withheld: true });

    const looked = await orderlog('recover', '--dry-run');
    expect(looked).toMatchObject({
      code: 3,
      said: expect.stringContaining(`${facts.length - kept} facts of 4 orders would come back`),
    });
    expect(looked.said).toContain('LOST: 3 keys of customers');
    expect(await readFacts(platform.DATABASE_URL)).toHaveLength(kept);
    const came = await orderlog('recover');
    expect(came).toMatchObject({
      code: 3,
      said: expect.stringContaining(`${facts.length - kept} facts of 4 orders came back`),
    });
    expect(came.said).toContain('1 refused attempt came back');
    expect(await readFacts(platform.DATABASE_URL)).toEqual(facts);

    // Nobody has to be told: order-service sees it by itself.
    await eventually({ withinMs: 30_000 }, () => done(place('go-on')));
    expect(await states()).toEqual(known);
    expect((await read('before'))['customer']).toEqual(forgotten);
    expect((await read('after-1'))['customer']).toEqual({ withheld: true });
    expect((await readFacts(platform.DATABASE_URL)).slice(facts.length)).toMatchObject([
      { position: facts.length + 1 },
    ]);

    await replayAll();
    expect(await readRevenue(platform)).toEqual(revenue);
    await verified();
    expect(await orderlog('recover')).toMatchObject({ said: expect.stringContaining('none came back') });
  }, 400_000);

  it('goes on without facts that were answered and never sent, and all who read it have positions without a hole', async () => {
    const kept = await backUp();
    await eventually({ withinMs: 60_000 }, () => done(place('sent-1')));
    await platform.pause('outbox-relay');
    await done(place('lost-1'));
    await done(place('sent-2'));
    await done(told('/orders/sent-1/payments', { paymentId: 'p-1', amount: 2_500 }));
    // What the relay has not sent goes with the disk.
    const disk = new pg.Client({ connectionString: platform.DATABASE_URL });
    await disk.connect();
    await disk.query(`delete from orders.outbox where aggregateid = 'lost-1'`);
    await disk.end();
    await platform.resume('outbox-relay');
    await eventually({ withinMs: 60_000 }, async () =>
      expect((await call(`${platform.AUDIT_URL}/audit/integrity`)).body).toMatchObject({ highestPosition: kept + 4 }),
    );

    await putBack();
    await eventually({ withinMs: 90_000 }, async () =>
      expect(await place('too-early-2')).toMatchObject({ status: 503 }),
    );
    expect(await orderlog('recover')).toMatchObject({
      code: 1,
      said: expect.stringContaining('has a hole: 1 position'),
    });
    expect(await orderlog('recover', '--without-lost')).toMatchObject({
      code: 3,
      said: expect.stringContaining(`LOST: 1 fact that nobody has any more (${kept + 2})`),
    });
    const facts = await readFacts(platform.DATABASE_URL);
    expect(facts.slice(kept).map(({ orderId, position }) => [orderId, position])).toEqual([
      ['sent-1', kept + 1],
      ['sent-2', kept + 2],
      ['sent-1', kept + 3],
    ]);
    await eventually({ withinMs: 30_000 }, () => done(place('lost-1'))); // its ID is free
    await replayAll();
    await verified();
  }, 400_000);
});
