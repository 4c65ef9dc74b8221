import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabase, migrate, repository, type TestDatabase } from '@orderlog/local-stack';
import { filesWith } from '../test-kit/files-with.js';
import { rowsOf } from '../test-kit/rows.js';
import { rewriteKeys } from './wipe-keys.sql.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
}, 60_000);
afterAll(() => database.drop(), 30_000);

it('takes a destroyed key out of the table’s file, which VACUUM does not', async () => {
  const rows = (text: string, values: unknown[] = []) => rowsOf(database.connectionString, text, values);
  const wrapped = Array.from({ length: 40 }, () => randomBytes(60));
  await rows(
    `insert into orders.customer_keys (key_id, customer_id, wrapped_key)
     select gen_random_uuid(), 'c-' || number, key from unnest($1::bytea[]) with ordinality as given (key, number)`,
    [wrapped],
  );
  await rows('analyze orders.customer_keys');
  // The last ones of the page: what VACUUM moves up does not come to lie on them.
  const [destroyed, kept] = [wrapped[39]!, wrapped[0]!];
  expect(await filesWith(database.connectionString, destroyed)).toHaveLength(1); // and no sample in pg_statistic
  await rows(
    'update orders.customer_keys set wrapped_key = null, destroyed_at = now() where wrapped_key = any ($1::bytea[])',
    [wrapped.slice(20)],
  );
  await rows('vacuum orders.customer_keys');
  expect(await filesWith(database.connectionString, destroyed)).toHaveLength(1);
  expect(await rewriteKeys(database.as('orders'))).toBe(0);
  expect(await filesWith(database.connectionString, destroyed)).toEqual([]);
  expect(await filesWith(database.connectionString, kept)).toHaveLength(1);
});
