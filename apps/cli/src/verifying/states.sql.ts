import type pg from 'pg';
import { pagesOf } from './compared.sql.js';
import { type FactAsKept, factAsKept, type FactRow } from './fact-as-kept.js';
import { columns } from './facts-as-kept.sql.js';

/** A message of a state that waits to be sent. */
export interface WaitingState {
  order: string;
  payload: Buffer | null;
  partition: number;
  /** What the message will say of its version. */
  header: string | null;
}

/** Of what waits for the topic of states, the last message of each order: of all orders, or of one. */
export async function* waitingStates(pool: pg.Pool, topic: string, order?: string): AsyncGenerator<WaitingState[]> {
  yield* pagesOf<WaitingState>(
    pool,
    `select distinct on (key) key as "order", payload, partition, "order-version" as header
       from orders.outbox where aggregatetype = $1 and ($2::text is null or key = $2) order by key, seq desc`,
    [topic, order ?? null],
  );
}

/** The facts of all orders, or of one, an order after the other, oldest first; all of one moment. */
export async function* factsByOrder(pool: pg.Pool, order?: string): AsyncGenerator<FactAsKept[]> {
  const pages = pagesOf<FactRow>(
    pool,
    `select ${columns} from orders.events where $1::text is null or stream_id = $1
      order by stream_id, events.version`,
    [order ?? null],
  );
  for await (const rows of pages) yield rows.map(factAsKept);
}
