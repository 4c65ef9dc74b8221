import type { EventStore, StoredShape } from '@orderlog/event-store';
import { unreadableShapes } from '@orderlog/order-contract';
import { describeError, NotReady } from '@orderlog/service-kit';
import type { Pool } from 'pg';
import type { Gate } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';
import { log } from '../signals.js';
import { forgetKnownShapes, keepKnownShapes, readKnownShapes } from './known-shapes.sql.js';
import { missingMigrations } from './missing-migrations.js';

/** This release cannot work with what the database holds: it is too old for its facts, or too new for its tables. */
export class ReleaseDoesNotFit extends Error {
  override readonly name = 'ReleaseDoesNotFit';
}

/** So many facts are looked at by one statement; between two of them everybody else has a turn. */
const pieceSize = 50_000;
/** A store of no more facts is looked at whole at each start: it takes a second, and sees what was changed by hand, too. */
const mostLookedAtWhole = 1_000_000;

/**
 * Whether this release can work with what the store holds: each type and version of facts has a way to today's shape, and
 * the tables are there. Asked at start; in a large store only of facts that nobody has looked at yet, for what was looked at
 * is kept in orders.fact_shapes. Where Postgres is away it is asked as soon as it is back, and no command is taken before.
 *
 * A service that is up goes on where a newer release begins to write beside it: that is how a new release comes. Facts of
 * its are refused where they are read, and said here once.
 */
export class StoreFitsRelease implements Gate {
  #standing: 'unchecked' | 'fits' | 'does-not-fit' = 'unchecked';
  #reason = 'the store has not been looked at yet';
  #known: { shapes: StoredShape[]; upTo: number } = { shapes: [], upTo: 0 };
  readonly #said = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #lookedWhole = false;

  constructor(
    private readonly store: Pick<EventStore, 'shapes'>,
    private readonly pool: Pool,
    private readonly options: { askEveryMs?: number; lookEveryMs?: number; mostLookedAtWhole?: number } = {},
  ) {}

  /** @throws Problem 503 until it is known that the release fits */
  pass(): void {
    if (this.#standing === 'fits') return;
    if (this.#standing === 'does-not-fit') throw serviceProblem('release-does-not-fit', { detail: this.#reason });
    throw serviceProblem('store-unavailable');
  }

  /** For /health/ready. */
  check(): Record<string, unknown> {
    if (this.#standing !== 'fits') throw new NotReady(this.#reason);
    const { shapes, upTo } = this.#known;
    return { lookedUpTo: upTo, shapes: shapes.length, notKnown: unreadableShapes(shapes).length };
  }

  /** @throws ReleaseDoesNotFit: the service does not start */
  async start(): Promise<void> {
    await this.#ask();
    if (this.#standing === 'does-not-fit') throw new ReleaseDoesNotFit(this.#reason);
    this.#again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    const { askEveryMs = 2_000, lookEveryMs = 30_000 } = this.options;
    this.#timer = setTimeout(
      () => {
        void this.#ask().then(() => {
          if (!this.#stopped) this.#again();
        });
      },
      this.#standing === 'fits' ? lookEveryMs : askEveryMs,
    );
  }

  async #ask(): Promise<void> {
    try {
      if (this.#standing !== 'fits') {
        const missing = await missingMigrations(this.pool);
        if (missing.length > 0) return this.#doesNotFit(withoutMigrations(missing));
      }
      await this.#look();
    } catch (error) {
      this.#reason = `whether this release fits the store is not known: ${describeError(error)}`;
      return;
    }
    const unreadable = unreadableShapes(this.#known.shapes);
    if (this.#standing !== 'fits' && unreadable.length > 0) return this.#doesNotFit(tooOld(unreadable));
    this.#standing = 'fits';
    for (const { type, schemaVersion, firstPosition } of unreadable) {
      if (this.#said.has(`${type} ${schemaVersion}`)) continue;
      this.#said.add(`${type} ${schemaVersion}`);
      log('facts.from-newer-release', { type, schemaVersion, position: firstPosition });
    }
  }

  #doesNotFit(reason: string): void {
    if (this.#reason !== reason) log('store.does-not-fit', { reason });
    this.#reason = reason;
    this.#standing = 'does-not-fit';
  }

  /** Up to the store's end, in pieces; where it is stopped, or fails, it goes on from the last of them. */
  async #look(): Promise<void> {
    let { upTo } = await readKnownShapes(this.pool);
    if (!this.#lookedWhole && upTo <= (this.options.mostLookedAtWhole ?? mostLookedAtWhole)) {
      await forgetKnownShapes(this.pool);
      upTo = 0;
    }
    this.#lookedWhole = true;
    while (!this.#stopped) {
      const piece = await this.store.shapes({ afterPosition: upTo, limit: pieceSize });
      if (piece.upTo === upTo) break;
      await keepKnownShapes(this.pool, piece.shapes, piece.upTo);
      upTo = piece.upTo;
    }
    this.#known = await readKnownShapes(this.pool);
  }
}

const withoutMigrations = (missing: readonly string[]): string =>
  `the database lacks what this release needs: ${missing.join(', ')}. ` +
  'Run `orderlog migrate` of this release (as the owner, DATABASE_URL), then start it again.';

const tooOld = (unreadable: readonly { says: string }[]): string =>
  `the store holds facts that this release cannot read: ${unreadable.map(({ says }) => says).join('; ')}. ` +
  'This release is older than the one that wrote them (a rolled-back release): deploy the one that wrote them, or newer. ' +
  'No fact is lost or changed.';
