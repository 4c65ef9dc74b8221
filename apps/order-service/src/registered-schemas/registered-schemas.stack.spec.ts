import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, migrate, repository, topicPrefix, type TestDatabase } from '@orderlog/local-stack';
import { rowsOf } from '../test-kit/rows.js';
import { registerSchemas, startOn } from '../test-kit/running-service.js';
import { problemType, telling } from '../test-kit/telling.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
}, 60_000);
afterAll(() => database.drop(), 30_000);

const nowhere = { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9/apis/ccompat/v7' };
const rows = (text: string, values: unknown[] = []) => rowsOf(database.connectionString, text, values);

describe('the ids of the schemas', () => {
  it('are waited for, and said to be waited for, until the deploy step has registered them', async () => {
    const prefix = topicPrefix();
    const service = await startOn(database, prefix);
    const { place, newId, call } = telling(() => service);
    expect(await place(newId())).toMatchObject({
      status: 503,
      body: { type: problemType('schemas-unknown'), detail: expect.stringContaining('orderlog schemas register') },
    });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: {
        checks: expect.arrayContaining([
          expect.objectContaining({ name: 'schemas', reason: expect.stringContaining('orderlog schemas register') }),
        ]),
      },
    });
    await registerSchemas(prefix);
    await eventually({ withinMs: 30_000 }, async () => expect((await place(newId())).status).toBe(201));
    expect(await call('GET', '/health/ready')).toMatchObject({ status: 200 });
    expect(await rows('select subject from orders.schemas where subject like $1', [`${prefix}%`])).toHaveLength(3);
    await service.stop();
  }, 60_000);

  it('are waited for where the registry is away and none were kept', async () => {
    const service = await startOn(database, topicPrefix(), nowhere);
    const { place, newId } = telling(() => service);
    expect(await place(newId())).toMatchObject({ status: 503, body: { type: problemType('schemas-unknown') } });
    await service.stop();
  }, 60_000);

  it('were kept: orders are taken while the registry is away', async () => {
    const prefix = topicPrefix();
    await registerSchemas(prefix);
    await (await startOn(database, prefix)).stop();
    const service = await startOn(database, prefix, nowhere);
    const { place, newId, call } = telling(() => service);
    expect(await place(newId())).toMatchObject({ status: 201 });
    expect(await call('GET', '/health/ready')).toMatchObject({
      status: 200,
      body: {
        checks: expect.arrayContaining([
          expect.objectContaining({ name: 'schemas', detail: { comparedWithRegistry: false } }),
        ]),
      },
    });
    await service.stop();
  }, 60_000);

  it('stay the same where the documentation alone has changed', async () => {
    const prefix = topicPrefix();
    await registerSchemas(prefix);
    await (await startOn(database, prefix)).stop();
    await rows(`update orders.schemas set text = replace(text, '"doc": "', '"doc": "Once: ') where subject like $1`, [
      `${prefix}%`,
    ]);
    for (const env of [{}, nowhere]) {
      const service = await startOn(database, prefix, env);
      const { place, newId } = telling(() => service);
      expect(await place(newId())).toMatchObject({ status: 201 });
      await service.stop();
    }
    expect(await rows('select subject from orders.schemas where subject like $1', [`${prefix}%`])).toHaveLength(3);
  }, 60_000);

  it('that differ from the registry’s stop the start, with what to do', async () => {
    const prefix = topicPrefix();
    await registerSchemas(prefix);
    await (await startOn(database, prefix)).stop();
    // A registry that lost its data and was registered anew would give other ids.
    await rows('update orders.schemas set schema_id = schema_id + 1000000 where subject = $1', [
      `${prefix}orders.state.v1-value`,
    ]);
    await expect(startOn(database, prefix)).rejects.toThrow(/orders\.state\.v1-value.*registry’s database back/s);
  }, 60_000);
});
