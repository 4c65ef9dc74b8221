import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ProjectionStatus } from '../projections.js';

export type Waited =
  | { outcome: 'caught-up' }
  /** Nobody answered where revenue should be. */
  | { outcome: 'not-running'; url: string }
  /** Nothing has moved for a while; `where` says what waits. */
  | { outcome: 'stalled'; where: string };

export interface WaitOptions {
  pool: pg.Pool;
  revenueUrl: string;
  signal: AbortSignal;
  onWaiting: (waiting: { toSend: number; toCount: number }) => void;
  pollMs?: number;
  /** Without any movement for so long it is not worth waiting. */
  stalledMs?: number;
}

/**
 * Waits until revenue has counted everything that is in the store now: first until the relay has sent every message that
 * stands in the outbox, then until revenue has read each partition up to where it ended then. What comes later (orders
 * are placed all the time) is not waited for.
 */
export async function waitForRevenue(options: WaitOptions): Promise<Waited> {
  const { pool, revenueUrl, signal, pollMs = 500, stalledMs = 60_000 } = options;
  if (!(await projectionStatus(revenueUrl))) return { outcome: 'not-running', url: revenueUrl };
  const last = await lastWaiting(pool);
  let ends: Map<string, number> | undefined;
  let before = '';
  let movedAt = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const toSend = ends ? 0 : await countWaiting(pool, last);
    const status = await projectionStatus(revenueUrl);
    const known = status?.partitions.every((part) => part.end !== null);
    if (toSend === 0 && status && known) ends ??= new Map(status.partitions.map((part) => [placeOf(part), part.end!]));
    const toCount = (status?.partitions ?? []).reduce(
      (sum, part) => sum + Math.max(0, (ends?.get(placeOf(part)) ?? part.end ?? 0) - part.offset),
      0,
    );
    if (ends && status && toCount === 0) return { outcome: 'caught-up' };
    options.onWaiting({ toSend, toCount });
    const now = `${toSend} ${toCount}`;
    if (now !== before) movedAt = performance.now();
    else if (performance.now() - movedAt > stalledMs) {
      const where = !status
        ? 'revenue does not answer any more'
        : toSend > 0
          ? `${toSend} messages are in the outbox, and the relay does not take them`
          : `revenue is ${status.state} and ${toCount} messages behind`;
      return { outcome: 'stalled', where };
    }
    before = now;
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
  }
}

const placeOf = (part: { topic: string; partition: number }): string => `${part.topic}/${part.partition}`;

async function projectionStatus(url: string): Promise<ProjectionStatus | undefined> {
  try {
    const response = await fetch(`${url}/projection`, { signal: AbortSignal.timeout(5_000) });
    return response.ok ? ((await response.json()) as ProjectionStatus) : undefined;
  } catch {
    return undefined; // away, or on its way up: asked again, and said if it stays so
  }
}

/** The newest message in the outbox; numbers are drawn in the order of commit, so all older ones are settled. */
const lastWaiting = async (pool: pg.Pool): Promise<string> => {
  const { rows } = await pool.query<{ seq: string }>('select coalesce(max(seq), 0)::text as seq from orders.outbox');
  return rows[0]!.seq;
};

const countWaiting = async (pool: pg.Pool, upTo: string): Promise<number> => {
  const { rows } = await pool.query<{ waiting: string }>(
    'select count(*)::text as waiting from orders.outbox where seq <= $1::bigint',
    [upTo],
  );
  return Number(rows[0]!.waiting);
};
