import type { JsonObject } from '@orderlog/event-store';
import type pg from 'pg';
import { microseconds } from './facts-as-kept.sql.js';
import type { HeardDuplicate, HeardFact, HeardTombstone, Wrong } from './what-is-wrong.js';

/** A finding as the audit keeps it. */
export interface KeptFinding extends Wrong {
  open: boolean;
}

/** All that the audit has of one order, but for what its facts mean. */
export interface HeardOfOrder {
  order: string;
  facts: (Omit<HeardFact, 'fact'> & { schemaVersion: number; data: JsonObject | null })[];
  duplicates: HeardDuplicate[];
  tombstones: HeardTombstone[];
  findings: KeptFinding[];
}

const pageSize = 5_000;

/**
 * What the audit has, an order at a time: what it found is kept in one transaction with what it has found it in, so it is
 * read of one snapshot. Refused attempts, tombstones and findings are few, and are read at once.
 * @param order only this one
 */
export async function* auditByOrder(pool: pg.Pool, order?: string): AsyncGenerator<HeardOfOrder> {
  const client = await pool.connect();
  const of = `generation = (select live_generation from audit.projection) and ($1::text is null or order_id = $1)`;
  const values = [order ?? null];
  try {
    await client.query('begin transaction isolation level repeatable read read only');
    const grouped = async <Row extends { order: string }>(text: string): Promise<Map<string, Row[]>> =>
      Map.groupBy((await client.query<Row>(text, values)).rows, (row) => row.order);
    const duplicates = await grouped<Texts<HeardDuplicate> & { order: string }>(
      `select order_id as "order", command_id as "commandId", actor, currency, amount, existing_total as "existingTotal",
              case when pg_input_is_valid(details::text, 'jsonb')
                   then nullif(details -> 'existing' ->> 'currency', currency) end as "existingCurrency",
              ${microseconds('attempted_at')} as "attemptedAt"
         from audit.attempts where ${of} and refusal = 'order-exists' and same_content is not true`,
    );
    const tombstones = await grouped<HeardTombstone & { order: string }>(
      `select order_id as "order", version, topic, partition, message_offset as "offset" from audit.tombstones where ${of}`,
    );
    const findings = await grouped<KeptFinding & { order: string }>(
      `select order_id as "order", kind, subject, detail, resolved_at is null as open from audit.findings where ${of}
        order by number`,
    );
    const whole = (one: string, facts: HeardOfOrder['facts']): HeardOfOrder => {
      const heard = {
        ...{ order: one, facts },
        duplicates: (duplicates.get(one) ?? []).map((row) => ({
          ...{ ...row, amount: number(row.amount), existingTotal: number(row.existingTotal) },
          attemptedAt: Number(row.attemptedAt),
        })),
        tombstones: (tombstones.get(one) ?? []).map((row) => ({ ...row, offset: Number(row.offset) })),
        findings: findings.get(one) ?? [],
      };
      for (const seen of [duplicates, tombstones, findings]) seen.delete(one);
      return heard;
    };
    await client.query(
      `declare facts no scroll cursor for
       select order_id as "order", version, digest, type, schema_version as "schemaVersion", data,
              previous_hash as "previousHash", hash, hash_holds as "hashHolds"
         from audit.facts where ${of} order by order_id, version, digest`,
      values,
    );
    let current: string | undefined;
    let facts: HeardOfOrder['facts'] = [];
    for (;;) {
      const { rows } = await client.query<HeardOfOrder['facts'][number] & { order: string }>(
        `fetch ${pageSize} from facts`,
      );
      for (const row of rows) {
        if (row.order !== current && current !== undefined) yield whole(current, facts.splice(0));
        current = row.order;
        facts.push(row);
      }
      if (rows.length < pageSize) break;
    }
    if (current !== undefined) yield whole(current, facts);
    facts = [];
    for (const one of new Set([...duplicates.keys(), ...tombstones.keys(), ...findings.keys()]))
      yield whole(one, facts);
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
}

/** Numbers come as texts. */
type Texts<T> = { [K in keyof T]: number extends T[K] ? string | null : T[K] };
const number = (text: string | null): number | null => (text === null ? null : Number(text));
