import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStore } from '@orderlog/event-store';
import {
  afterAll as foldOf,
  attemptMessage,
  messagesOf,
  noState,
  partitionOf,
  toStored,
} from '@orderlog/order-contract';
import type { OrderEvent } from '@orderlog/order-domain';
import type { Difference } from './known-facts.js';
import { givenToldStore, type ToldStore } from './testing/told-store.js';
import { reportOf } from './verify.command.js';

/** What somebody may do who is superuser of the database, or may write to the topics. Each is named, and looked at by itself. */
let told: ToldStore;
const invoices = 140; // more than a tile of the tree has leaves

beforeAll(async () => {
  told = await givenToldStore(invoices);
}, 120_000);
afterAll(() => told?.end());

/** Each difference in the form `where order version: what`, the first one first. */
const said = (found: readonly Difference[]): string[] =>
  found.map(
    ({ where, order, version, what }) => `${[where, order, version].filter((one) => one !== null).join(' ')}: ${what}`,
  );

const after = (change: (() => Promise<unknown>) | string, order?: string): Promise<string[]> =>
  told.tampered(change, async () => said(await told.differences(order)));

const fact = `stream_id = 'v7' and version = 2`;
const data = (path: string, value: string) => `data = jsonb_set(data, '{${path}}', '${value}')`;

describe('of nothing that was touched', () => {
  it('nothing is said, though there are attempts and findings', async () => {
    expect(await told.differences()).toEqual([]);
  });
});

describe('a fact of which the row says what no fact can say', () => {
  it.each([
    [`occurred_at = 'infinity'`, 'its occurred_at is infinity, which is no time: it was changed'],
    [`occurred_at = '-infinity'`, 'its occurred_at is -infinity, which is no time: it was changed'],
    [`recorded_at = 'infinity'`, 'its recorded_at is infinity, which is no time: it was changed'],
    [`occurred_at = '9999-01-01'`, 'its occurred_at lies outside of the years 1684 to 2255: it was changed'],
    [`occurred_at = '4000-01-01 BC'`, 'its occurred_at lies outside of the years 1684 to 2255: it was changed'],
    [`data = '[]'`, 'its data is no object but []: it was changed'],
    [`data = 'null'`, 'of its data, all of it is null, which no fact keeps: it was changed'],
    [`data = '"paid"'`, 'its data is no object but "paid": it was changed'],
    [`metadata = '7'`, 'its metadata is no object but 7: it was changed'],
    [`metadata = metadata || '{"note": null}'`, 'of its metadata, note is null, which no fact keeps: it was changed'],
    [data('amount', '150.0'), 'of its data, amount is 150.0, which no fact keeps so: it was changed'],
    [data('amount', '1e400'), `of its data, amount is 1${'0'.repeat(39)}…, which no fact keeps so: it was changed`],
    [data('amount', '"NaN"'), 'its hash is not that of what it says: it was changed'],
    [`data = data || '{"nothing": {}}'`, 'its hash is not that of what it says: it was changed'],
    [
      `data = (repeat('{"a":', 3000) || '1' || repeat('}', 3000))::jsonb`,
      'its hash is not that of what it says: it was changed',
    ],
    [`type = 'OrderVanished'`, 'its hash is not that of what it says: it was changed'],
    [`schema_version = 0`, 'its schema_version is 0, which no fact has: it was changed'],
    [`schema_version = 99`, 'its hash is not that of what it says: it was changed'],
    [`event_id = gen_random_uuid()`, 'its hash is not that of what it says: it was changed'],
    [`metadata = metadata || '{"reason": "\\u0001\\uffff"}'`, 'its hash is not that of what it says: it was changed'],
  ])(
    'is named where somebody did: set %s',
    async (change, what) => {
      const [first, ...others] = await after(`update orders.events set ${change} where ${fact}`);
      expect(first).toBe(`store v7 2: ${what}`);
      expect(others.filter((one) => !/^(store|snapshots) v7|^store v8 1: it was recorded no later/.test(one))).toEqual(
        [],
      );
      expect((await after(`update orders.events set ${change} where ${fact}`, 'v7'))[0]).toBe(first);
    },
    60_000,
  );

  it.each([
    ['data drop not null', `data = null`, 'its data is null: it was changed'],
    ['type drop not null', `type = null`, 'its type is null: it was changed'],
    ['hash drop not null', `hash = null`, 'its hash has 0 bytes instead of 32: it was changed'],
  ])(
    'is named where a constraint was dropped first: alter %s',
    async (column, change, what) => {
      await told.superuser.query(`alter table orders.events alter ${column}`);
      const found = await after(`update orders.events set ${change} where ${fact}`);
      await told.superuser.query(`alter table orders.events alter ${column.replace('drop', 'set')}`);
      expect(found[0]).toBe(`store v7 2: ${what}`);
    },
    60_000,
  );

  it('is named where its hash was made longer, or its place is none', async () => {
    const longer = await after(`update orders.events set hash = hash || '\\x00' where ${fact}`);
    const nowhere = await after(`update orders.events set position = -5 where ${fact}`);
    const far = await after(`update orders.events set position = 9223372036854775807 where ${fact}`);
    const unnumbered = await after(`update orders.events set version = 0 where ${fact}`);
    const order = await after(`update orders.events set version = 0 where ${fact}`, 'v7');
    expect(longer[0]).toBe('store v7 2: its hash has 33 bytes instead of 32: it was changed');
    expect(nowhere).toContain('store v7 2: its position is -5, which no fact has: it was changed');
    expect(far).toContain('store v7 2: its position is 9223372036854775807, which no fact has: it was changed');
    for (const found of [unnumbered, order]) {
      expect(found).toContain('store v7 0: its version is 0, which no fact has: it was changed');
    }
  }, 60_000);

  it('is named where two have one position, or one version', async () => {
    const position = await told.positionOf('v7', 2);
    await told.superuser.query('alter table orders.events drop constraint events_in_one_order');
    await told.superuser.query('alter table orders.events drop constraint events_one_per_version');
    const again = `insert into orders.events select * from orders.events where position = ${position}`;
    const found = await after(again);
    await told.superuser.query(`alter table orders.events add constraint events_in_one_order primary key (position),
      add constraint events_one_per_version unique (stream_id, version)`);
    expect(found[0]).toBe('store v7 2: another fact has the same position');
  }, 60_000);

  it('is named where it says nothing that its type has to say, though its hashes are right', async () => {
    const change = async () => {
      await told.superuser.query(`update orders.events set data = '{"allocation": 7}' where ${fact}`);
      await told.chainAnew('v7');
    };
    const found = await after(change);
    expect(found[0]).toBe('store v7 2: it does not say what a fact of the type PaymentCaptured has to say');
  });
});

describe('what was refused', () => {
  beforeAll(async () => {
    await told.refuse({ orderId: 'v3' });
    await told.refuse({ orderId: 'v4', amount: 700 });
    await told.refuse({ orderId: 'only-refused', orderVersion: 0 });
  });

  it('is the same everywhere', async () => {
    expect(await told.differences()).toEqual([]);
    const one = await told.look({ order: 'only-refused' });
    expect(one).toMatchObject({ facts: 0, attempts: 1, differences: [] });
    expect(reportOf(await told.look())).toContainEqual(expect.stringMatching(/^3 refused commands: /));
  });

  it.each([
    [
      'amount = 1',
      /^attempts v4: of the CapturePayment that was refused as capture-exceeds-owed \(attempt [-0-9a-f]+\) orders\.attempts has amount 1, and its message at partition \d offset \d+ 700$/,
    ],
    [`actor = null`, /orders\.attempts has actor nothing, and its message .* till-4$/],
    [`attempted_at = 'infinity'`, /orders\.attempts has attemptedAt Infinity, and its message .* 20\d\d-/],
    [`details = '{"owed": 0.0}'`, /orders\.attempts has details \{"owed": 0\.0\}, and its message .* \{"owed":0\}/],
    [`order_id = 'v5'`, /orders\.attempts has orderId v5, and its message .* v4$/],
  ])('is named where its row was changed: set %s', async (change, what) => {
    const found = await after(`update orders.attempts set ${change} where order_id = 'v4'`);
    expect(found[0]).toMatch(what);
    expect(found[1]).toMatch(/^audit v4: of the CapturePayment .* the audit has /);
  });

  it('is named where its row was removed, or one was put in', async () => {
    const removed = await after(`delete from orders.attempts where order_id = 'v4'`);
    expect(removed).toEqual([
      expect.stringMatching(
        /^attempts v4: orders\.attempts does not have the CapturePayment .* its row was removed, or never written$/,
      ),
    ]);
    const added = await after(`insert into orders.attempts
      select (jsonb_populate_record(one, jsonb_build_object('attempt_id', gen_random_uuid(), 'order_id', 'v6'))).*
      from orders.attempts one where order_id = 'v4'`);
    expect(added).toEqual([
      expect.stringMatching(
        /^attempts v6: of the CapturePayment .* no message is in the topic, nor waits in the outbox$/,
      ),
    ]);
    expect(await after(`delete from orders.attempts where order_id = 'v4'`, 'v3')).toEqual([]);
    expect(await after(`delete from orders.attempts where order_id = 'v4'`, 'v4')).toHaveLength(1);
  });

  it('is named where the audit has another, lacks it, or has one of its own', async () => {
    expect((await after(`update audit.attempts set amount = 3 where order_id = 'v4'`))[0]).toMatch(
      /^audit v4: .* the audit has amount 3, and orders\.attempts 700$/,
    );
    expect(await after(`delete from audit.attempts where order_id = 'v4'`)).toEqual([
      expect.stringMatching(/^audit v4: the audit has read past the CapturePayment .* and does not hold it$/),
    ]);
    const own = `insert into audit.attempts
      select (jsonb_populate_record(one, '{"digest": "attempt:of-nobody"}')).* from audit.attempts one where order_id = 'v4'`;
    expect(await after(own)).toEqual([expect.stringMatching(/^audit v4: the audit holds .* which nobody else has$/)]);
  });

  it('is named where a message was sent by hand, or waits to be', async () => {
    const attempt = await told.refuse({ orderId: 'v9' });
    const forged = attemptMessage({ ...attempt, amount: 1 }, told.encoder, told.topics);
    const { key, partition, payload } = forged;
    const ofNobody = attemptMessage({ ...attempt, attemptId: randomUUID() }, told.encoder, told.topics);
    await told.superuser.query(
      `insert into orders.outbox (aggregatetype, aggregateid, type, payload, key, partition, timestamp)
       values ($1, 'v9', 'OrderAttempt', $2, $3, $4, now()), ('another.topic', 'v9', 'X', null, 'k', 0, now())`,
      [told.topics.attempts, ofNobody.payload, key, partition],
    );
    const waits = said(await told.differences());
    await told.superuser.query('delete from orders.outbox');
    expect(waits).toEqual([
      'outbox: a message with the key k waits for the topic another.topic, to which nothing is sent from here',
      expect.stringMatching(/^attempts v9: orders\.attempts does not have .* a message that waits to be sent/),
    ]);
    await told.producer.send(told.topics.attempts, [
      { key, value: payload, partition },
      { key: 'v9:another', value: payload, partition },
      { key, value: null, partition },
      { key, value: Buffer.from('x'), partition },
      { key, value: payload, partition: (partition + 1) % 6 },
    ]);
    const sent = said(await told.differences()).map((one) => one.replace(/ at partition.*/, ''));
    expect(sent).toHaveLength(5);
    expect(sent).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^topic v9: of what was refused, of the CapturePayment .* one message$/),
        expect.stringMatching(/^topic v9: of what was refused, a message has the key v9:another, and the attempt v9:/),
        'topic v9: of what was refused, a tombstone: somebody wants an attempt to be deleted',
        'topic v9: of what was refused, the message cannot be read: 1 bytes are no message',
        `topic v9: of what was refused, a message belongs on partition ${partitionOf('v9')}, with its order`,
      ]),
    );
  });
});

describe('what the audit has found', () => {
  const subject = '018f0000-0000-7000-8000-000000000001';
  const found = `insert into audit.findings (generation, order_id, kind, subject, detail)
    select 1, order_id, 'duplicate-order', command_id,
           json_build_object('commandId', command_id, 'actor', actor, 'currency', currency, 'attemptedTotal', amount,
                             'existingTotal', existing_total, 'attemptedAt',
                             to_char(attempted_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    from audit.attempts where command_id = '${subject}'`;
  const named = async (change: string) =>
    (await after(change)).filter((one) => !one.startsWith('topic v9: of what was refused'));

  beforeAll(async () => {
    await told.refuse({
      ...{ orderId: 'v30', commandId: subject, command: 'PlaceOrder', refusal: 'order-exists', orderVersion: 2 },
      ...{ amount: 700, allowed: null, existingTotal: 150, sameContent: false },
    });
    await told.superuser.query(found);
  });

  it.each([
    [`select 1`, []],
    [`delete from audit.findings`, [`audit v30: the finding duplicate-order ${subject} is missing among the audit’s`]],
    [
      `update audit.findings set resolved_at = now()`,
      [`audit v30: the audit says that the finding duplicate-order ${subject} is resolved, and it is still so`],
    ],
    [
      `update audit.findings set detail = '{}'`,
      [
        expect.stringMatching(
          /^audit v30: of the finding duplicate-order .* the audit says commandId nothing, and what it has heard "018f/,
        ),
      ],
    ],
    [
      `update audit.findings set detail = 'null'`,
      [expect.stringMatching(/^audit v30: of the finding duplicate-order .* the audit says commandId nothing/)],
    ],
    [
      `insert into audit.findings (generation, order_id, kind, subject, detail) values (1, 'v31', 'gap', 'v9', '{}')`,
      ['audit v31: the audit has the finding gap v9, which nothing that it has heard bears out'],
    ],
    [
      `update audit.orders set last_version = 7 where order_id = 'v31'`,
      ['audit v31: the audit says that it has 2 facts of the order up to version 7, and it has 2 up to version 2'],
    ],
    [
      `update audit.position_blocks set entries = entries + 1`,
      [expect.stringMatching(/^audit: the audit counts 281 facts at the positions from 1 to 1000, and it has 280/)],
    ],
    [
      `insert into audit.tombstones values (1, 'v31', 1, 'tombstone:0/0', 't', 0, 0, now())`,
      ['audit v31 1: the finding tombstone v1 at 0/0 is missing among the audit’s'],
    ],
  ])(
    'is named where it is not what it should be: %s',
    async (change, wanted) => {
      expect(await named(change)).toEqual(wanted);
    },
    60_000,
  );

  it.each([
    [`data = null`, 'the audit holds it without what it says: its own copy was changed'],
    [`data = '{"a":"\\ud800"}'`, 'what the audit holds is not what its hash is of: its own copy was changed'],
    [`data = '1e999'`, 'what the audit holds is not what its hash is of: its own copy was changed'],
    [`occurred_at = 'infinity'`, 'what the audit holds is not what its hash is of: its own copy was changed'],
    [`captured = 7`, 'the audit notes captured 7 of it, and the fact says 150'],
    [`digest = 'another'`, 'the audit notes another hash of it: its own copy was changed'],
    [`block = 7`, 'the audit counts it at another position: its own copy was changed'],
    [`previous_hash = hash`, 'what the audit holds is not what its hash is of: its own copy was changed'],
  ])(
    'cannot be undone by changing what it was found in: set %s',
    async (change, what) => {
      expect(await named(`update audit.facts set ${change} where order_id = 'v7' and version = 2`)).toEqual([
        `audit v7 2: ${what}`,
      ]);
    },
    60_000,
  );

  it('is not that it has not read yet what it has signed for', async () => {
    const change = `delete from audit.facts where order_id = 'v7' and version = 2; update audit.partitions set reached = 0`;
    expect(await named(change)).toEqual(['audit v7 2: the audit has signed for it and does not hold it']);
    const planted = `insert into audit.facts select (jsonb_populate_record(one, '{"position":5000,"version":9}')).*
      from audit.facts one where order_id = 'v7' and version = 2`;
    expect((await named(planted))[0]).toBe(
      'audit v7 9: the audit holds it, and the store ends before: its end was cut off, or nobody ever told it',
    );
  }, 60_000);
});

describe('the audit’s tree and its keys', () => {
  it('are named where a hash above the leaves was changed, of which proofs are made', async () => {
    const change = `update audit.tree_tiles set hashes = set_byte(hashes, 0, (get_byte(hashes, 0) + 1) % 256) where level = 1`;
    const wanted = expect.stringMatching(
      /^checkpoints v0 1: the tree that the audit keeps has another hash than its leaves come to over the positions 1 to 256, from which proofs are made$/,
    );
    expect((await after(change))[0]).toEqual(wanted);
    expect((await after('delete from audit.tree_tiles where level = 1'))[0]).toMatch(
      /lacks the hash over the positions 1 to 256/,
    );
  });

  it('are named where a key, a time or a size was changed', async () => {
    const first = async (change: string) =>
      (await after(change)).filter((one) => one.startsWith('checkpoints')).join('\n');
    expect(await first(`update audit.signing_keys set public_key = 'none'`)).toMatch(
      /the key [0-9a-f]{16} that the audit lists is no public key: /,
    );
    expect(await first(`update audit.signing_keys set key_id = 'another'`)).toMatch(
      /the key another that the audit lists is another one: it should be called [0-9a-f]{16}/,
    );
    expect(await first(`delete from audit.signing_keys`)).toMatch(
      /is signed by the key [0-9a-f]{16}, which does not count/,
    );
    expect(await first(`update audit.checkpoints set issued_at = 'infinity' where tree_size = ${invoices}`)).toMatch(
      /a checkpoint that the audit keeps was issued at no time that there is: it was changed/,
    );
    expect(
      await first(`update audit.checkpoints set tree_size = 9223372036854775807 where tree_size = ${invoices}`),
    ).toMatch(/a checkpoint that the audit keeps is over 9223372036854776000 facts, which cannot be/);
  }, 60_000);
});

describe('an order of which the end was replaced', () => {
  const discount: OrderEvent = {
    type: 'DiscountApplied',
    code: 'FREE',
    amount: 1,
    total: 149,
    currency: 'GBP',
    completed: [],
  };

  /** Keeps a fact in an order as order-service would, its chain and its message right, and tells everybody. */
  const goOn = async (order: string): Promise<void> => {
    const store = new EventStore({ connectionString: told.config.ORDERS_DATABASE_URL });
    const before = foldOf(noState, await store.read(order));
    const result = await store.append({
      ...{ stream: order, expectedVersion: before.version },
      events: [
        {
          ...(toStored(discount) as { type: string; schemaVersion: number; data: object }),
          metadata: {},
          occurredAt: before.updatedAt,
        } as never,
      ],
      messages: (recorded) => messagesOf(recorded, foldOf(before, recorded).order, told.encoder, told.topics, before),
    });
    await store.close();
    expect(result.outcome).toBe('appended');
    await told.sendOutbox();
  };
  const cut = (where: string) => told.superuser.query(`delete from orders.events where ${where}`);

  it('is named by what the topic, the audit and the checkpoint hold of it, where another fact has its position', async () => {
    const last = 2 * invoices;
    const { rows } = await told.superuser.query<{ order: string }>(
      `select stream_id as "order" from orders.events where position = ${last}`,
    );
    const order = rows[0]!.order;
    const found = await after(async () => {
      await cut(`position = ${last}`);
      await goOn(order);
    }, order);
    expect(found[0]).toMatch(
      new RegExp(`^checkpoints ${order} 2: there is no proof that it is the fact that was signed`),
    );
    expect(found.map((one) => one.split(' ')[0])).toEqual(expect.arrayContaining(['checkpoints', 'topic', 'audit']));
  }, 60_000);

  it('is named where its position is another, and where another order has it now', async () => {
    const found = await after(async () => {
      await cut(fact);
      await goOn('v7');
    }, 'v7');
    expect(found[0]).toMatch(/^checkpoints v7 2: a fact that was signed is not in the store any more/);
    const [first, ...others] = await after(async () => {
      await cut(`position >= ${2 * invoices - 1}`);
      await goOn('v8');
      await goOn('v8');
      await goOn('v139');
    }, 'v139');
    expect([first, others.length]).toEqual([
      expect.stringMatching(/^(topic|store|checkpoints) v139 /),
      expect.any(Number),
    ]);
  }, 60_000);

  it('is named by the checkpoint alone, where topic and audit were made to fit', async () => {
    const found = await after(async () => {
      await cut(`position = ${2 * invoices}`);
      await told.superuser.query(`delete from audit.facts where position = ${2 * invoices}`);
    }, 'v10');
    expect(found[0]).toMatch(/^checkpoints: the store ends at 279, and the checkpoint over 280 facts of .* was signed/);
  }, 60_000);
});

describe('whoever answers instead of the tables', () => {
  const asked = async (change: string, undo: string): Promise<string> => {
    await told.superuser.query(change);
    try {
      return said(await told.differences())
        .filter((one) => !/^(topic|states) v(9|7|8|139)/.test(one))
        .join('\n');
    } catch (error) {
      return String(error);
    } finally {
      await told.superuser.query(undo);
    }
  };

  it.each([
    [
      'alter table audit.findings rename column detail to details',
      'alter table audit.findings rename column details to detail',
      /the database is not as it was made \(column "detail" does not exist\)/,
    ],
    [
      'revoke select on orders.attempts from verify',
      'grant select on orders.attempts to verify',
      /not as it was made \(permission denied for table attempts\)/,
    ],
    [
      'alter table orders.events enable row level security',
      'alter table orders.events disable row level security',
      /not as it was made \(query would be affected by row-level security policy for table "events"\)/,
    ],
    [
      'update revenue.projection set live_generation = 7',
      'update revenue.projection set live_generation = 1',
      /revenue: it answers from generation 7, and generation 1 is what it has read/,
    ],
  ])('is not believed: %s', async (change, undo, says) => expect(await asked(change, undo)).toMatch(says), 60_000);

  it('is not believed where the role was sent to other functions first', async () => {
    const role = (set: string) =>
      `do $$ begin execute format('alter role verify in database %I ${set}', current_database()); end $$`;
    const evil = `create schema evil; grant usage on schema evil to public;
      create function evil.trunc(numeric) returns numeric language sql return 1; ${role('set search_path = evil, pg_catalog')}`;
    const found = await asked(evil, `${role('reset search_path')}; drop schema evil cascade`);
    expect(found).not.toMatch(/it was changed/);
  }, 60_000);

  it('does not write to the terminal by way of a name', () => {
    const what = 'its actor is \u001b[2J\nverify: all is well';
    const difference = { where: 'audit' as const, order: 'v1', version: null, position: null, what };
    const none = {
      facts: 1,
      attempts: 0,
      states: 0,
      commands: 0,
      unkept: { count: 0, first: [] },
      keysLost: { count: 0, first: [] },
      snapshots: 0,
      unread: { count: 0, says: [] },
      waiting: 0,
      putRight: 0,
      auditAhead: 0,
      revenueAhead: 0,
    };
    const about = { ...none, checkpoints: null, keyIds: [], keysGiven: false };
    expect(reportOf({ ...about, differences: [difference], differenceCount: 1 })[0]).toBe(
      'DIFFERENCE: audit: order v1: its actor is [U+001B][2J[U+000A]verify: all is well',
    );
  });
});
