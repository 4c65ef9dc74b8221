import { describeGroup, withAdmin } from '@orderlog/kafka';
import { stackAddresses } from '@orderlog/local-stack';
import type { ProjectionStatus } from '@orderlog/projection';
import { givenProjection } from '@orderlog/projection-service/testing';
import pg from 'pg';
import { readRevenueConfig } from '../config.js';
import { log } from '../signals.js';
import { startRevenueProjection } from '../start-revenue-projection.js';

export { captured, placed, refunded, type GivenFact } from '@orderlog/projection-service/testing';

/** Topics, schemas and a database of this test's own, on the stack that all tests share. */
export async function givenPlatform() {
  log.setLevel('silent');
  const platform = await givenProjection<Answer>('revenue-projection', (env, databaseOf) =>
    startRevenueProjection(
      readRevenueConfig({ REVENUE_PORT: '0', REVENUE_DATABASE_URL: databaseOf('revenue'), ...env }),
      { stopOnSignals: false },
    ),
  );
  const { connection, group, database } = platform;
  const clients: pg.Client[] = [];
  return {
    ...platform,
    registryUrl: stackAddresses().SCHEMA_REGISTRY_URL,

    /** How many members Kafka says that the group has. */
    members: () => withAdmin(connection, async (kafka) => (await describeGroup(kafka, group)).members.length),

    /** Runs statements as the database's owner. */
    async sql() {
      const client = new pg.Client({ connectionString: database.connectionString });
      await client.connect();
      clients.push(client);
      return (text: string) => client.query(text);
    },

    async end() {
      await Promise.all(clients.map((client) => client.end()));
      await platform.end();
    },
  };
}

export type Platform = Awaited<ReturnType<typeof givenPlatform>>;

/** What the answers hold that tests look at; which of it there is depends on the route. */
export type Answer = ProjectionStatus & {
  rows: Record<string, string | number>[];
  nextCursor: string | null;
  orders: { orderId: string; error: string; messages: number }[];
  errors: { field: string; problem: string }[];
  checks: { name: string; ok: boolean; reason?: string }[];
};
