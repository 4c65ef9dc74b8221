import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { createDatabase, migrate } from './database.js';
import { kafkaTool } from './kafka-tools.js';
import { stackAddresses, topicPrefix } from './stack.js';

describe('the test kit', () => {
  it('makes a database, migrates it twice without harm, and drops it', async () => {
    const migrations = join(mkdtempSync(join(tmpdir(), 'part-')), 'migrations');
    await import('node:fs/promises').then((fs) => fs.mkdir(migrations));
    writeFileSync(join(migrations, '0001_things.sql'), 'create table things (name text);');
    const database = await createDatabase();
    await migrate(database.connectionString, [migrations]);
    await migrate(database.connectionString, [migrations]);

    const client = new pg.Client({ connectionString: database.connectionString });
    client.on('error', () => undefined); // the drop closes it
    await client.connect();
    const { rows } = await client.query<{ durable: string }>(
      "select current_setting('fsync') as durable from (select from things) t right join (select 1) one on true",
    );
    expect(rows).toEqual([{ durable: 'on' }]);
    await database.drop();
  });

  it("runs Kafka's own tools, and the broker makes no topic on its own", async () => {
    const topic = `${topicPrefix()}made`;
    await kafkaTool('kafka-topics', ['--create', '--topic', topic, '--partitions', '3']);
    expect(await kafkaTool('kafka-topics', ['--describe', '--topic', topic])).toContain('PartitionCount: 3');
  }, 60_000);

  it('finds the registry', async () => {
    const answer = await fetch(`${stackAddresses().SCHEMA_REGISTRY_URL}/subjects`);
    expect(answer.status).toBe(200);
  });
});
