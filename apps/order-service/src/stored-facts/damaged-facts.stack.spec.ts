import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { runningService, type TestService } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let service: TestService;
let superuser: pg.Client;
beforeAll(async () => {
  service = await runningService();
  superuser = new pg.Client({ connectionString: service.database.connectionString });
  await superuser.connect();
}, 60_000);
afterAll(async () => {
  await superuser.end();
  await service.stop();
}, 60_000);

const { newId, place } = telling(() => service);

describe('a fact that a superuser has made into none', () => {
  it.each([
    `occurred_at = 'infinity'`,
    `recorded_at = '-infinity'`,
    `occurred_at = '290000-01-01'`,
    `data = '[]'`,
    `data = 'null'`,
    `data = '{"lines": 7}'`,
    `metadata = '"me"'`,
  ])(
    'is said to be damaged by whoever reads the order, without a word of what failed: set %s',
    async (change) => {
      const id = newId();
      expect((await place(id)).status).toBe(201);
      await superuser.query('alter table orders.events disable trigger all');
      await superuser.query(`update orders.events set ${change} where stream_id = $1`, [id]);
      const fresh = await service.another(); // the one that has placed it remembers its state
      try {
        for (const path of ['', '?version=1', '/events', '/dossier', '/dossier?format=html']) {
          const { status, body } = await fresh.call('GET', `/orders/${id}${path}`);
          const wanted = { path, status: 500, body: { type: problemType('fact-damaged') } };
          expect({ path, status, body }).toMatchObject(wanted);
          expect(JSON.stringify(body)).not.toMatch(/TypeError|RangeError|bigint|node_modules/);
        }
      } finally {
        await fresh.stop();
        await superuser.query('delete from orders.events where stream_id = $1', [id]);
      }
    },
    60_000,
  );
});

it.each(['infinity', '2400-01-01T00:00:00.000000Z'])(
  'where a superuser made the last fact be recorded at %s, commands are refused with what to do, and taken again once it is put right',
  async (time) => {
    const id = newId();
    expect((await place(id)).status).toBe(201);
    const {
      rows: [last],
    } = await superuser.query<{ position: string; recorded_at: string }>(
      'select position, recorded_at::text from orders.events order by position desc limit 1',
    );
    const write = (moment: string) =>
      superuser.query('update orders.events set recorded_at = $1 where position = $2', [moment, last!.position]);
    await superuser.query('alter table orders.events disable trigger all');
    await write(time);
    const refused = {
      status: 503,
      body: {
        type: problemType('last-fact-damaged'),
        position: Number(last!.position),
        detail: expect.stringMatching(
          new RegExp(
            `at position ${last!.position}, .* recorded at ${time}.* cannot be true.*orderlog verify.*orderlog recover`,
          ),
        ),
      },
    };
    const other = newId();
    const fresh = await service.another();
    try {
      const answers = [
        await place(other),
        await place(other),
        await fresh.call('GET', `/orders/${id}?at=2026-01-01T00:00:00Z`),
      ];
      expect(answers.slice(0, 2)).toMatchObject([refused, refused]);
      if (time === 'infinity') expect(answers[2]).toMatchObject(refused);
      await write(last!.recorded_at);
      expect((await place(other)).status).toBe(201);
      expect((await fresh.call('GET', `/orders/${other}`)).status).toBe(200);
    } finally {
      await fresh.stop();
      await superuser.query('alter table orders.events enable trigger all');
    }
  },
  60_000,
);
