import { attemptMessage, type Attempt } from '@orderlog/order-contract';
import type { ProjectionStatus } from '@orderlog/projection';
import { givenProjection } from '@orderlog/projection-service/testing';
import { readAuditConfig } from '../config.js';
import { log } from '../signals.js';
import { startAuditProjection } from '../start-audit-projection.js';

export { captured, placed, refunded } from '@orderlog/projection-service/testing';

/** Topics, schemas and a database of this test's own, on the stack that all tests share. */
export async function givenPlatform() {
  log.setLevel('silent');
  const platform = await givenProjection<Answer>('audit-projection', (env, databaseOf) =>
    startAuditProjection(readAuditConfig({ AUDIT_PORT: '0', AUDIT_DATABASE_URL: databaseOf('audit'), ...env }), {
      stopOnSignals: false,
    }),
  );
  return {
    ...platform,
    attempted: (attempt: Attempt) => {
      const { encoder, topics, producer } = platform;
      const { key, partition, payload, headers, timestamp } = attemptMessage(attempt, encoder, topics);
      return producer.send(topics.attempts, [
        { key, partition, value: payload, headers, timestampMs: Math.floor(timestamp / 1000) },
      ]);
    },
  };
}

export type Platform = Awaited<ReturnType<typeof givenPlatform>>;

/** What the answers hold that tests look at; which of it there is depends on the route. */
export type Answer = Omit<ProjectionStatus, 'partitions'> & {
  facts: Record<string, unknown>[];
  attempts: Record<string, unknown>[];
  findings: { number: number; orderId: string; kind: string; subject: string; resolvedAt: string | null }[];
  nextCursor: string | null;
};
