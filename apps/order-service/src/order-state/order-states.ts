import type { EventStore, StoredEvent } from '@orderlog/event-store';
import type { Instant } from '@orderlog/instant';
import { fromStored, historyBeforeOf, noState, type OrderState } from '@orderlog/order-contract';
import { foldAsOf } from '@orderlog/order-domain';
import type { Orders } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';

/** Which state is asked for. */
export type Moment =
  | { version: number }
  /** `at`: what we knew then. `asOf`: what was true then. Both: what we knew at `at` of what was true at `asOf`. */
  | { at?: Instant | undefined; asOf?: Instant | undefined };

export interface StateThen {
  state: OrderState;
  /** The last version that was known as it was made: with `asOf`, later facts change it without a version of their own. */
  known: number;
  /** Every fact up to it is in the state; with `asOf` some may have happened later, or make no sense there. */
  whole: boolean;
  /** Facts that had happened by then and make no sense at that place, e.g. a refund dated before its capture. */
  notApplicable: StoredEvent[];
}

/**
 * An order as it was. `at` goes by when we learned of each fact, so an answer once given stays the same; `asOf` goes by
 * when it happened, so a fact that is recorded late changes it.
 */
export class OrderStates {
  constructor(
    private readonly store: Pick<EventStore, 'read' | 'settle' | 'versionAt'>,
    private readonly orders: Pick<Orders, 'latest' | 'atVersion'>,
  ) {}

  /** @throws Problem 404 where there is no such order, or not yet then, or not that version, or nobody knows */
  async find(orderId: string, moment: Moment): Promise<StateThen> {
    if ('version' in moment) {
      const state = await this.orders.atVersion(orderId, moment.version);
      return state ? settled(state) : this.#notThere(orderId);
    }
    const { at, asOf } = moment;
    if (at === undefined && asOf === undefined) {
      const state = await this.orders.latest(orderId);
      return state.version > 0 ? settled(state) : this.#notThere(orderId);
    }
    if (at !== undefined) await this.store.settle(at);
    const version = at === undefined ? undefined : await this.store.versionAt(orderId, at);
    if (version === 0) return this.#notThere(orderId, 'at an instant');
    if (asOf === undefined) return this.find(orderId, { version: version as number });
    // Folded by when facts happened: where a late one belongs, only all of them can say, so no snapshot helps.
    const known = await this.store.read(orderId, version === undefined ? {} : { toVersion: version });
    const found = trueThen(known, asOf);
    return found.state.version > 0 ? found : this.#notThere(orderId, 'at an instant');
  }

  async #notThere(orderId: string, asked?: 'at an instant'): Promise<never> {
    const { version, order, placedAt } = await this.orders.latest(orderId);
    if (version === 0) throw serviceProblem('order-not-found');
    const members = { currentVersion: version };
    // An imported order was somewhere before we knew of it, and may well have been another: that is not "not there".
    if (asked && order.imported) {
      const historyBefore = historyBeforeOf(order.imported, placedAt);
      throw serviceProblem('history-unknown', { members: { ...members, historyBefore } });
    }
    throw serviceProblem('not-yet-there', { members });
  }
}

const settled = (state: OrderState): StateThen => ({ state, known: state.version, whole: true, notApplicable: [] });

function trueThen(known: StoredEvent[], asOf: Instant): StateThen {
  const timed = known.map((event) => ({ ...event, fact: fromStored(event) }));
  const { order, notApplicable } = foldAsOf(timed, asOf);
  const left = new Set(notApplicable.map((event) => event.version));
  const applied = timed.filter((event) => event.occurredAt <= asOf && !left.has(event.version));
  const first = applied[0];
  if (!first) return settled(noState);
  const latest = (of: (event: StoredEvent) => number) => applied.map(of).reduce((most, one) => Math.max(most, one));
  return {
    state: {
      order,
      version: latest((event) => event.version),
      placedAt: first.occurredAt,
      updatedAt: latest((event) => event.occurredAt),
      latestOccurredAt: latest((event) => event.occurredAt),
      recordedAt: latest((event) => event.recordedAt),
    },
    known: known.length,
    whole: applied.length === known.length,
    notApplicable,
  };
}
