import { createPublicKey, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '@orderlog/event-store';
import { withAdmin } from '@orderlog/kafka';
import { leafHash } from '@orderlog/merkle-tree';
import {
  afterAll as afterAllFacts,
  keptState,
  keptStateShape,
  keyIdOf,
  noState,
  partitionOf,
  signingKeyOf,
  topicNames,
} from '@orderlog/order-contract';
import { connectionOf } from '../topics/create-topics.js';
import type { Difference } from './known-facts.js';
import { givenToldStore, heardAgain, type ToldStore } from './testing/told-store.js';
import { reportOf } from './verify.command.js';
import { verify } from './verify.js';
import { wayOn } from './way-on.js';

const signal = new AbortController().signal;
const invoices = 40;
let told: ToldStore;
let { config, superuser, producer, folder, auditKey } = {} as ToldStore;
let { look, differences, tampered, factsOf, chainAnew, positionOf, sign } = {} as ToldStore;

beforeAll(async () => {
  told = await givenToldStore(invoices);
  ({ config, superuser, producer, folder, auditKey } = told);
  ({ look, differences, tampered, factsOf, chainAnew, positionOf, sign } = told);
}, 120_000);

afterAll(() => told?.end());

/** The first difference, and all places where there is one. */
const firstAndWhere = (found: Difference[]) => ({
  first: found[0],
  where: [...new Set(found.map(({ where }) => where))].sort(),
});

/** Puts a fact into the middle of an order, as if it had always been there: positions, versions, times and chains are right. */
async function putIn(order: string): Promise<number> {
  const [, second] = await factsOf(order);
  const { position } = second!;
  await superuser.query(
    `update orders.events set position = position + 1000001, recorded_at = recorded_at + interval '1 us' where position >= $1`,
    [position],
  );
  await superuser.query('update orders.events set position = position - 1000000 where position > 1000000');
  await superuser.query('update orders.events set version = 3 where stream_id = $1 and version = 2', [order]);
  await superuser.query(
    `insert into orders.events
     select $2, stream_id, 2, $3, 'DiscountApplied', 1, '{"code":"FREE","amount":1,"total":149,"currency":"GBP"}', metadata,
            occurred_at, recorded_at + interval '1 us', previous_hash, hash
     from orders.events where stream_id = $1 and version = 1`,
    [order, position, randomUUID()],
  );
  const { rows } = await superuser.query<{ stream: string }>('select distinct stream_id as stream from orders.events');
  for (const { stream } of rows) await chainAnew(stream);
  return position;
}

describe('verify', () => {
  it('finds nothing where nobody has touched anything, in all and in one order', async () => {
    const all = await look();
    expect(all).toMatchObject({ facts: 2 * invoices, differences: [], waiting: 0, auditAhead: 0, revenueAhead: 0 });
    expect(all.checkpoints).toEqual({ count: 2, facts: 2 * invoices });
    expect(reportOf(all)).toEqual([
      '80 facts: the chains hold, and store, topic, audit and revenue have the same.',
      `2 checkpoints, the largest over 80 facts; signed by key ${keyIdOf(auditKey)}, as the audit’s schema has it.`,
      '40 orders: the latest state on its topic is what its facts fold to.',
    ]);
    expect(await look({ order: 'v3' })).toMatchObject({ facts: 2, differences: [] });
    await expect(differences('nobody')).rejects.toThrow('there is no order nobody');
  }, 60_000);

  it('leaves no consumer group behind', async () => {
    const groups = await withAdmin(connectionOf(config), ({ admin }) => admin.listGroups());
    expect(groups.groups.filter(({ groupId }) => groupId.startsWith(config.TOPIC_PREFIX))).toEqual([]);
  });

  it('names the fact in which one byte was changed', async () => {
    const change = `update orders.events set data = jsonb_set(data, '{total}', '151') where stream_id = 'v7' and version = 1`;
    const changed = { where: 'store', order: 'v7', version: 1, what: expect.stringContaining('it was changed') };
    await tampered(change, async () => {
      expect(await differences()).toMatchObject([changed]);
      expect(await differences('v7')).toMatchObject([changed]);
      expect(await differences('v8')).toEqual([]);
    });
  }, 60_000);

  it('names the fact of which the hash was made to fit the change', async () => {
    const position = await positionOf('v7', 2);
    const change = async () => {
      await superuser.query(`update orders.events set data = jsonb_set(data, '{amount}', '1') where position = $1`, [
        position,
      ]);
      await chainAnew('v7');
    };
    await tampered(change, async () => {
      for (const found of [await differences(), await differences('v7')]) {
        expect(firstAndWhere(found)).toMatchObject({
          first: { where: 'checkpoints', order: 'v7', version: 2, position },
          where: ['audit', 'checkpoints', 'states', 'topic'],
        });
      }
    });
  }, 60_000);

  it('names the fact that was deleted', async () => {
    const position = await positionOf('v7', 1);
    await tampered(`delete from orders.events where stream_id = 'v7' and version = 1`, async () => {
      const found = await differences();
      expect(firstAndWhere(found)).toMatchObject({
        first: { where: 'checkpoints', order: 'v7', version: 1, position, what: /is not in the store any more/ },
        where: ['audit', 'checkpoints', 'store', 'topic'],
      });
      expect(found.filter(({ where }) => where === 'store').map(({ what }) => what)).toEqual([
        expect.stringContaining('is missing: a fact is not there any more'),
        expect.stringContaining('version 1 is missing'),
      ]);
      expect((await differences('v7')).map(({ where }) => where)).toEqual(expect.arrayContaining(['topic', 'store']));
    });
  }, 60_000);

  it('names the first of two facts that changed places', async () => {
    const [one, other] = [await positionOf('v5', 1), await positionOf('v6', 1)];
    const change = async () => {
      await superuser.query('update orders.events set position = 1000000 where position = $1', [one]);
      await superuser.query('update orders.events set position = $1 where position = $2', [one, other]);
      await superuser.query('update orders.events set position = $1 where position = 1000000', [other]);
    };
    await tampered(change, async () => {
      const found = await differences();
      expect(firstAndWhere(found)).toMatchObject({
        first: { order: 'v5', version: 1, position: one },
        where: ['audit', 'checkpoints', 'store', 'topic'],
      });
      expect(await differences('v6')).not.toEqual([]);
    });
    const contents = `update orders.events e set data = jsonb_set(other.data, '{total}', to_jsonb(e.position))
      from orders.events other where e.version = 1 and other.version = 1
        and ((e.stream_id = 'v5' and other.stream_id = 'v6') or (e.stream_id = 'v6' and other.stream_id = 'v5'))`;
    await tampered(contents, async () => expect((await differences()).map(({ order }) => order)).toEqual(['v5', 'v6']));
  }, 60_000);

  it('names a fact that was put in with a correct chain', async () => {
    let position = 0;
    const change = async () => (position = await putIn('v9'));
    await tampered(change, async () => {
      expect((await factsOf('v9')).map(({ version }) => version)).toEqual([1, 2, 3]);
      const found = await differences();
      expect(firstAndWhere(found)).toMatchObject({
        first: { where: 'checkpoints', order: 'v9', version: 2, position, what: /another fact than was signed/ },
        where: ['audit', 'checkpoints', 'revenue', 'states', 'topic'],
      });
      expect((await differences('v9'))[0]).toMatchObject({ order: 'v9', version: 2, position });
    });
  }, 60_000);

  it('names the order whose tail was cut off, also where it is the end of the store', async () => {
    const position = await positionOf('v20', 2);
    await tampered(`delete from orders.events where position = ${position}`, async () => {
      expect((await differences())[0]).toMatchObject({ order: 'v20', version: 2, position });
      expect((await differences('v20'))[0]).toMatchObject({ order: 'v20', version: 2, position });
    });
    const last = 2 * invoices;
    const cut = `delete from orders.events where position = ${last}`;
    const { rows } = await superuser.query<{ order: string }>(
      `select stream_id as "order" from orders.events where position = ${last}`,
    );
    await tampered(cut, async () => {
      const found = await differences();
      expect(found[0]).toMatchObject({
        ...{ where: 'store', order: rows[0]!.order, version: 2, position: last },
        what: expect.stringContaining('the store ends at 79'),
      });
      expect(found[1]).toMatchObject({ where: 'checkpoints', order: rows[0]!.order, version: 2 });
      expect((await differences(rows[0]!.order))[0]).toMatchObject({ where: 'store', version: 2, position: last });
    });
  }, 60_000);

  it('names the order that was removed whole', async () => {
    const position = await positionOf('v20', 1);
    await tampered(`delete from orders.events where stream_id = 'v20'`, async () => {
      expect(firstAndWhere(await differences())).toMatchObject({
        first: { where: 'checkpoints', order: 'v20', version: 1, position },
        where: ['audit', 'checkpoints', 'revenue', 'states', 'store', 'topic'],
      });
      const first = (await differences('v20')).slice(0, 2);
      expect(first).toMatchObject([
        { where: 'checkpoints', order: 'v20', version: 1, position, what: expect.stringContaining('that was signed') },
        { where: 'topic', order: 'v20', version: 1, position },
      ]);
      expect(wayOn(first)).toContain('keep a copy of all');
    });
  }, 60_000);

  it('finds it although the audit’s own tables were made to fit', async () => {
    const position = await positionOf('v7', 2);
    const change = async () => {
      await superuser.query(`update orders.events set data = jsonb_set(data, '{amount}', '1') where position = $1`, [
        position,
      ]);
      await chainAnew('v7');
      await superuser.query('delete from audit.facts');
      await superuser.query(heardAgain, [null]);
      const { rows } = await superuser.query<{ hash: Buffer }>('select hash from orders.events order by position');
      const tiles = Buffer.concat(rows.map(({ hash }) => leafHash(hash)));
      await superuser.query('update audit.tree_tiles set hashes = $1', [tiles]);
    };
    await tampered(change, async () => {
      const found = await differences();
      expect(firstAndWhere(found).where).toEqual(['checkpoints', 'states', 'topic']);
      expect(found.find(({ where }) => where === 'checkpoints')!.what).toMatch(/does not come to the root/);
      expect((await differences('v7'))[0]).toMatchObject({ where: 'checkpoints', order: 'v7' });
    });
  }, 60_000);

  it('names the leaf that was changed in the tree that the audit keeps', async () => {
    const position = await positionOf('v7', 2);
    const at = 32 * (position - 1);
    const change = `update audit.tree_tiles set hashes = set_byte(hashes, ${at}, (get_byte(hashes, ${at}) + 1) % 256)`;
    await tampered(change, async () => {
      const found = await differences();
      expect(found[0]).toMatchObject({ where: 'checkpoints', order: 'v7', version: 2, position });
      expect(found.map(({ what }) => what)).toEqual([
        expect.stringMatching(/^the tree that the audit keeps has another leaf here/),
        expect.stringMatching(
          /^the tree that the audit keeps does not come to the root of the checkpoint over 40 facts/,
        ),
      ]);
    });
  });

  it('names what a projection has another of, or lacks', async () => {
    const position = await positionOf('v7', 2);
    await superuser.query(`update revenue.entries set captured = captured + 1 where order_id = 'v7'`);
    await superuser.query(`update revenue.entries set order_id = 'v8x' where order_id = 'v8'`);
    await superuser.query(`delete from audit.facts where order_id = 'v9' and version = 1`);
    const found = await differences();
    expect(found).toHaveLength(5);
    expect(found).toEqual(
      expect.arrayContaining([
        {
          ...{ where: 'revenue', order: 'v7', version: 2, position },
          what: 'revenue has captured 151 of its line 1, and the fact says 150',
        },
        expect.objectContaining({ where: 'revenue', order: 'v8', what: expect.stringContaining('does not count it') }),
        expect.objectContaining({ where: 'revenue', order: 'v8x', what: expect.stringContaining('does not have') }),
        expect.objectContaining({ where: 'audit', order: 'v9', what: expect.stringContaining('does not hold it') }),
        {
          ...{ where: 'revenue', order: null, version: null, position: null },
          what: 'the total of SKU on 2010-06-01 in GBP has captured 6000, and its entries come to 6001',
        },
      ]),
    );
    expect((await differences('v7')).map(({ where }) => where)).toEqual(['revenue']);
    await superuser.query(`update revenue.entries set captured = captured - 1 where order_id = 'v7'`);
    await superuser.query(`update revenue.entries set order_id = 'v8' where order_id = 'v8x'`);
    await superuser.query(`delete from audit.facts where order_id = 'v9'`);
    await superuser.query(heardAgain, ['v9']);
  }, 60_000);

  it.each([
    ['sku', `'OTHER'`, 'revenue has sku OTHER of its line 1, and the fact says SKU'],
    ['day', 'day - 30', 'revenue has day 2010-05-02 of its line 1, and the fact says 2010-06-01'],
    ['currency', `'USD'`, 'revenue has currency USD of its line 1, and the fact says GBP'],
    ['line', '7', 'revenue has line 7 of it, and the fact has line 1'],
  ])('names the fact that revenue counts for another %s', async (column, value, what) => {
    const set = (to: string) => superuser.query(`update revenue.entries set ${column} = ${to} where order_id = 'v7'`);
    const { rows } = await superuser.query<{ kept: string }>(
      `select ${column}::text as kept from revenue.entries where order_id = 'v7'`,
    );
    await set(value);
    const found = await differences('v7');
    await set(`'${rows[0]!.kept}'`);
    expect(found).toEqual([{ where: 'revenue', order: 'v7', version: 2, position: await positionOf('v7', 2), what }]);
  });

  it('names the total that is not the sum of its entries, which is the number that people see', async () => {
    await superuser.query('update revenue.totals set refunded = refunded + 5');
    const found = await differences();
    await superuser.query('update revenue.totals set refunded = refunded - 5');
    expect(found).toEqual([
      {
        ...{ where: 'revenue', order: null, version: null, position: null },
        what: 'the total of SKU on 2010-06-01 in GBP has refunded 5, and its entries come to 0',
      },
    ]);
  });

  it.each([
    ['actor', `actor = 'eve'`],
    ['time', `occurred_at = occurred_at + interval '1 us'`],
    ['amount', `data = jsonb_set(data::jsonb, '{amount}', '1')::json`],
    ['type', `type = 'OrderCancelled'`],
  ])(
    'names the fact of which the audit’s own copy has another %s, though its hash is the same',
    async (_what, change) => {
      const position = await positionOf('v7', 2);
      const what = 'what the audit holds is not what its hash is of: its own copy was changed';
      await tampered(`update audit.facts set ${change} where order_id = 'v7' and version = 2`, async () => {
        const wanted = [{ where: 'audit', order: 'v7', version: 2, position, what }];
        expect([await differences(), await differences('v7')]).toEqual([wanted, wanted]);
      });
    },
  );

  it('names the fact that the audit holds twice', async () => {
    const again = `insert into audit.facts
      select (jsonb_populate_record(kept, '{"digest":"zz"}')).* from audit.facts kept where order_id = 'v7' and version = 2`;
    await tampered(again, async () =>
      expect((await differences()).map(({ order, what }) => ({ order, what }))).toEqual([
        { order: 'v7', what: 'the audit holds it twice' },
      ]),
    );
  });

  it('finds a history that was signed anew with another key, by the key or the checkpoint that was put by', async () => {
    const pem = join(folder, 'audit.pem');
    writeFileSync(pem, createPublicKey(auditKey).export({ format: 'pem', type: 'spki' }));
    const { rows } = await superuser.query<{ root: string; at: string; signature: string }>(
      `select encode(root_hash, 'hex') as root, encode(signature, 'hex') as signature,
              to_char(issued_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
       from audit.checkpoints where tree_size = ${invoices}`,
    );
    const checkpoint = join(folder, 'kept.json');
    const [{ root, at, signature }] = rows as [(typeof rows)[number]];
    const kept = { origin: 'o', treeSize: invoices, keyId: keyIdOf(auditKey), rootHash: root, issuedAt: at, signature };
    writeFileSync(checkpoint, JSON.stringify(kept));
    expect((await look({ publicKey: pem, checkpoint })).differences).toEqual([]);

    const forger = signingKeyOf(Buffer.alloc(32, 9));
    await tampered(
      async () => {
        await superuser.query(`update orders.events set data = jsonb_set(data, '{total}', '151') where position = 1`);
        const { rows: first } = await superuser.query<{ order: string }>(
          'select stream_id as "order" from orders.events where position = 1',
        );
        await chainAnew(first[0]!.order);
        for (const table of ['checkpoints', 'tree_tiles', 'signing_keys'])
          await superuser.query(`delete from audit.${table}`);
        await sign(forger, [2 * invoices]);
      },
      async () => {
        const ofKey = (await look({ publicKey: pem })).differences.filter(({ where }) => where === 'checkpoints');
        expect(ofKey.map(({ what }) => what)).toContainEqual(expect.stringContaining('which does not count'));
        const ofKept = (await look({ publicKey: pem, checkpoint })).differences.filter(
          ({ where }) => where === 'checkpoints',
        );
        expect(ofKept.map(({ what }) => what)).toContainEqual(
          expect.stringMatching(/store’s facts do not come to the root of the checkpoint over 40 facts/),
        );
      },
    );
  }, 60_000);

  it('finds a checkpoint that was changed, and one that was taken away', async () => {
    const change = `update audit.checkpoints set root_hash = set_byte(root_hash, 0, get_byte(root_hash, 0) # 1)
                     where tree_size = ${invoices}`;
    await tampered(change, async () =>
      expect((await differences()).map(({ where, what }) => `${where}: ${what}`)).toContainEqual(
        expect.stringMatching(/^checkpoints: the signature of the checkpoint over 40 facts .* does not hold/),
      ),
    );
    await tampered(`delete from audit.checkpoints where tree_size = ${invoices}`, async () =>
      expect((await differences()).map(({ what }) => what)).toContainEqual(
        expect.stringMatching(/over 40 facts .* is not among those that the audit keeps/),
      ),
    );
    await tampered(`delete from audit.checkpoints`, async () => {
      const what = expect.stringContaining('is not among those that the audit keeps');
      for (const order of [undefined, 'v7']) {
        expect((await differences(order))[0]).toMatchObject({ where: 'checkpoints', position: invoices, what });
      }
    });
  }, 60_000);

  it('does not miss what waits in the outbox, and misses what does not', async () => {
    const topic = topicNames(config.TOPIC_PREFIX).events;
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const append = (stream: string, withMessage: boolean) =>
      store.append({
        stream,
        expectedVersion: 'none',
        events: [{ type: 'OrderCancelled', schemaVersion: 1, data: {}, metadata: {}, occurredAt: 0 }],
        messages: ([fact]) =>
          withMessage
            ? [
                {
                  ...{ topic, key: `${stream}:1`, partition: 0, aggregateId: stream, type: fact!.type },
                  ...{ payload: Buffer.from('x'), headers: {}, timestamp: fact!.recordedAt, position: fact!.position },
                },
              ]
            : [],
      });
    await append('waits', true);
    expect(await look()).toMatchObject({ waiting: 1 });
    expect((await differences()).filter(({ order }) => order === 'waits')).toEqual([
      expect.objectContaining({ where: 'outbox', what: expect.stringMatching(/sent: the message cannot be read/) }),
      expect.objectContaining({ where: 'states', what: expect.stringMatching(/no state of it, and none waits/) }),
    ]);
    await append('lost', false);
    expect((await differences()).filter(({ where }) => where === 'topic')).toMatchObject([
      { where: 'topic', order: 'lost', what: expect.stringContaining('no message of it') },
    ]);
    await store.close();
  }, 60_000);

  it.each<[string, string | null, RegExp]>([
    ['as it is', 'payload', /^$/],
    [
      'with another word in it',
      `overlay(payload placing 'THONG' from position('THING'::bytea in payload))`,
      /its hash is of/,
    ],
    ['of another fact', `(select payload from unsent where key = 'v7:2')`, /the key is v7:1, the fact v7:2/],
    ['that says nothing', 'null', /it would delete the fact/],
  ])('looks at a message that waits to be sent: %s', async (_what, payload, says) => {
    await superuser.query(`
      insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, position, timestamp)
      select aggregatetype, aggregateid, type, ${payload}, key, partition, position, timestamp from unsent where key = 'v7:1'`);
    const found = (await differences('v7')).filter(({ where }) => where === 'outbox').map(({ what }) => what);
    await superuser.query(`delete from orders.outbox where key = 'v7:1'`);
    expect(found).toEqual(says.test('') ? [] : [expect.stringMatching(says)]);
  });

  it('finds a message that was sent by somebody else, and one that says something else than its hash', async () => {
    const topic = topicNames(config.TOPIC_PREFIX).events;
    await producer.send(topic, [
      { key: 'v1:1', value: null, partition: partitionOf('v1'), headers: { 'event-position': '1' } },
      { key: 'v2:1', value: Buffer.from([0, 0, 0, 0, 0, 1]), partition: 1 },
    ]);
    const found = (await differences()).filter(({ where, order }) => where === 'topic' && order !== 'lost');
    expect(found.map(({ order, version, what }) => [order, version, what.replace(/ \(.*/, '')])).toEqual([
      ['v1', 1, 'a tombstone: somebody wants the fact to be deleted'],
      ['v2', 1, 'the message does not say which position it has'],
    ]);
  }, 60_000);

  it('misses nothing that was kept and signed for while it looked', async () => {
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const { position: before } = await store.head();
    const keepAndSign = async () => {
      const event = { type: 'OrderCancelled', schemaVersion: 1, data: {}, metadata: {}, occurredAt: 0 };
      await store.append({ stream: 'meanwhile', expectedVersion: 'none', events: [event], messages: () => [] });
      await sign(auditKey, [before + 1]);
    };
    let meanwhile: Promise<void> | undefined;
    // The store's last position was asked for before its first step; the topic, which is read next, takes longer than this.
    const { checkpoints, differences: found } = await verify({
      ...{ config, signal },
      onStep: () => {
        meanwhile ??= keepAndSign();
      },
    });
    await meanwhile;
    await store.close();
    expect(checkpoints).toMatchObject({ facts: before + 1 });
    expect(found.filter(({ where, position }) => where === 'checkpoints' && position === before + 1)).toEqual([]);
  }, 60_000);

  describe('a kept state', () => {
    const kept = `${keptStateShape}/any-key`;
    const keep = async (order: string, version: number, shape = kept): Promise<void> => {
      const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
      const events = await store.read(order, { toVersion: version });
      const state = keptState(afterAllFacts(noState, events));
      const { hash } = events.at(-1)!;
      await store.saveSnapshot({ stream: order, shape, version, state, hash, seal: Buffer.alloc(32) });
      await store.close();
    };
    const ofSnapshots = async (options: { order?: string } = {}) => {
      const { differences: found, snapshots } = await verify({ config, ...options, signal, onStep: () => undefined });
      return { snapshots, found: found.filter(({ where }) => where === 'snapshots') };
    };

    it('is what its facts fold to, and one that a superuser has changed is named', async () => {
      for (const version of [1, 2]) await keep('v5', version);
      await keep('v6', 2);
      await keep('v6', 2, 'a-shape-that-nobody-reads/any-key');
      expect(await ofSnapshots()).toEqual({ snapshots: 3, found: [] });
      await superuser.query(
        `update orders.snapshots set state = jsonb_set(state::jsonb, '{order,total}', '7777') where version = 2`,
      );
      const { found } = await ofSnapshots();
      expect(found).toEqual([
        expect.objectContaining({ order: 'v5', version: 2, what: expect.stringContaining('total is 7777 there') }),
        expect.objectContaining({ order: 'v6', version: 2, what: expect.stringContaining('the facts make it 150') }),
      ]);
      expect((await ofSnapshots({ order: 'v6' })).found).toHaveLength(1);
      const report = reportOf(await verify({ config, order: 'v5', signal, onStep: () => undefined }));
      expect(report.join('\n')).toMatch(/snapshots: order v5 version 2 at position \d+: the snapshot is not what/);
      await superuser.query('delete from orders.snapshots');
    }, 60_000);

    it.each([
      ['of another fact', 'set hash = sha256(hash)', 'folded up to another fact'],
      ['of a version that is not there', 'set version = 9', 'of a version that the order does not have'],
      ['that is no state', `set state = '[]'`, 'is not what its facts fold to'],
    ])(
      'is named %s',
      async (_, change, what) => {
        await keep('v7', 2);
        await superuser.query(`update orders.snapshots ${change}`);
        expect((await ofSnapshots({ order: 'v7' })).found).toMatchObject([
          { order: 'v7', what: expect.stringContaining(what) },
        ]);
        await superuser.query('delete from orders.snapshots');
      },
      60_000,
    );
  });

  it('says which facts are of a newer release, and takes what a newer revenue makes of them for no difference', async () => {
    const store = new EventStore({ connectionString: config.ORDERS_DATABASE_URL });
    const event = { type: 'PaymentCaptured', schemaVersion: 99, data: {}, metadata: {}, occurredAt: 0 };
    await store.append({ stream: 'of-tomorrow', expectedVersion: 'none', events: [event] });
    await store.close();
    await superuser.query(
      `insert into revenue.entries (generation, order_id, version, line, type, sku, day, currency, captured, refunded, units,
                                    occurred_at)
       values (1, 'of-tomorrow', 1, 1, 'PaymentCaptured', 'SKU', now(), 'GBP', 150, 0, 1, now())`,
    );
    const verified = await look();
    expect(verified.unread).toEqual({
      count: 1,
      says: [expect.stringMatching(/^PaymentCaptured in version 99, first at position \d+ \(it is read up to 1\)$/)],
    });
    // It was kept without messages.
    const untold = verified.differences.filter(({ order }) => order === 'of-tomorrow').map(({ where }) => where);
    expect(untold).toEqual(['topic', 'states']);
    expect(reportOf(verified).join('\n')).toMatch(/1 fact of a newer release: PaymentCaptured in version 99/);
  }, 60_000);
});
