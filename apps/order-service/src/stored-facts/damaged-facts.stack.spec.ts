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
}, 30_000);

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
