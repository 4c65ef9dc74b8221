import { canonicalJson } from '@orderlog/event-store';
import { fromKeptState, keptStateShape, noState, type OrderState } from '@orderlog/order-contract';
import type pg from 'pg';
import { keptSnapshots, type KeptSnapshot } from './compared.sql.js';
import { factsOf } from './facts-as-kept.sql.js';
import { firstDifference, folded } from './folded.js';
import type { Differences } from './known-facts.js';

interface Options {
  pool: pg.Pool;
  order?: string;
  differences: Differences;
  signal: AbortSignal;
  onProgress: (snapshots: number) => void;
}

/**
 * Compares every snapshot with what the facts up to its version fold to, by the rules of an order: order-service answers
 * from snapshots, so one that says otherwise would be an order that was never told. Those of other shapes are read by
 * nobody, and not compared.
 * @returns how many were compared
 */
export async function verifySnapshots(options: Options): Promise<number> {
  let compared = 0;
  let folding: Folding | undefined;
  for await (const snapshots of keptSnapshots(options.pool, `${keptStateShape}/`, options.order)) {
    for (const snapshot of snapshots) {
      options.signal.throwIfAborted();
      if (folding?.order !== snapshot.order) folding = new Folding(options.pool, snapshot.order);
      if (await folding.to(snapshot.version)) compare(snapshot, folding, options.differences);
      compared++;
      options.onProgress(compared);
    }
  }
  return compared;
}

const pageSize = 1_000;

/** An order that is folded from its first fact on, as far as it is asked. */
class Folding {
  state: OrderState = noState;
  /** Of the last fact that was folded. */
  last: { position: number; hash: Buffer } | undefined;
  private unread = false;

  constructor(
    private readonly pool: pg.Pool,
    readonly order: string,
  ) {}

  /** @returns false where a fact on the way cannot be read: nobody here can say what came of it */
  async to(version: number): Promise<boolean> {
    while (!this.unread && this.state.version < version) {
      const afterVersion = this.state.version;
      const limit = Math.min(version - afterVersion, pageSize);
      const facts = await factsOf(this.pool, this.order, { afterVersion, limit });
      if (facts[0]?.version !== afterVersion + 1) break; // the chain is broken there, and that was said
      for (const { event } of facts) {
        if (event && event.version > version) break;
        const next = event && folded(this.state, event);
        this.unread = next === undefined; // that, too, was said
        if (next === undefined) break;
        this.state = next;
        this.last = event;
      }
    }
    return !this.unread;
  }
}

function compare(snapshot: KeptSnapshot, { state, last }: Folding, differences: Differences): void {
  const { order, version } = snapshot;
  const wrong = (what: string): void =>
    differences.add({ where: 'snapshots', order, version, position: last?.position ?? null, what });
  if (state.version !== version || !last) {
    wrong('the snapshot is of a version that the order does not have');
  } else if (!last.hash.equals(snapshot.hash)) {
    wrong('the snapshot was folded up to another fact than the order has');
  } else {
    const said = read(snapshot.state);
    // Compared in canonical form: how a state's keys stand depends on whether its facts were just decided or read.
    if (said === undefined || canonical(said) !== canonical(state)) {
      wrong(
        `the snapshot is not what its facts fold to: ${firstDifference(flat(said), flat(state)) ?? 'it has another form'}`,
      );
    }
  }
}

/** @returns undefined of what JSON can say and a state cannot, as half a surrogate pair */
function canonical(state: OrderState): string | undefined {
  try {
    return canonicalJson(JSON.parse(JSON.stringify(state)) as never);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function read(text: string): OrderState | undefined {
  const state: unknown = fromKeptState(text);
  return typeof state === 'object' && state !== null ? (state as OrderState) : undefined;
}

const flat = (of: OrderState | undefined) => ({ ...of, ...of?.order, order: null }) as Record<string, unknown>;
