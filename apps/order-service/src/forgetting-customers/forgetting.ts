import { setTimeout as sleep } from 'node:timers/promises';
import { newId, type EventStore } from '@orderlog/event-store';
import { destroyReturnedKeysQuery } from '@orderlog/order-contract';
import { describeError } from '@orderlog/service-kit';
import type { Pool } from 'pg';
import { wrapKeysAnew } from '../customers/wrap-keys-anew.js';
import type { Wrapping } from '../customers/wrapping.js';
import type { CommandContext } from '../orders/asked.js';
import { keyedHash } from '../orders/keyed-hash.js';
import type { Orders } from '../orders/orders.js';
import { commandIdOf, requestHash, UnderWay } from '../orders/requests.js';
import { serviceProblem } from '../refusals/refusals.js';
import { log } from '../signals.js';
import { destroyKeys } from './destroy-keys.sql.js';
import { destroyedKeysOf, settleKey, unsettledKeys, type DestroyedKey } from './destroyed-keys.sql.js';
import { hasOrders } from './has-orders.sql.js';
import { ordersForgotten, ordersToForget } from './orders-to-forget.sql.js';
import { markWiped, rewriteKeys, unwipedKeys } from './wipe-keys.sql.js';

/** What was done about a customer who is to be forgotten; told again it is the same. */
export interface Erasure {
  customerId: string;
  keys: DestroyedKey[];
  /** How many orders say that their customer was forgotten. */
  orders: number;
  /** The answer of a request that was done before, under the same key. */
  replayed: boolean;
}

const scope = 'POST /customers/:customerId/erasure';
/** Orders that are looked up at once, and told at once: they share commits, and leave room for other commands. */
const page = 500;
const atOnce = 32;
const tendEveryMs = 15_000;
/** A restore is found at the first look; one while the service runs, at a later one. */
const lookAtAllEveryMs = 3_600_000;
/** So long an answer waits for the table, where others have it. */
const wipeWithinMs = 3_000;
const wipeAgainAfterMs = 100;

/**
 * Forgets customers. First their key is destroyed: from then on nobody can open what is sealed with it. The table’s file is
 * written anew, for it still holds the row as it was. Then each order that holds something sealed with the key is told, so
 * that its history says so and other teams hear of it. What is not done when the process dies (or the store is away, or an
 * order comes that was sealed a moment before) is done in the background, by any process of the service.
 */
export class Forgetting {
  readonly #underWay = new UnderWay();
  readonly #keyed: ReturnType<typeof keyedHash>;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #tending: Promise<void> = Promise.resolve();
  #wiping: Promise<void> = Promise.resolve();
  #nextWipe: Promise<void> | undefined;
  #lookAtAllAt = 0;
  #said = '';

  constructor(
    private readonly store: Pick<EventStore, 'findCommand' | 'append'>,
    private readonly pool: Pool,
    private readonly orders: Orders,
    private readonly wrapping: Wrapping,
    private readonly options: { databaseUrl: string; idempotencySecret: string },
  ) {
    this.#keyed = keyedHash(options.idempotencySecret);
  }

  /**
   * @throws Problem 404 where nothing is known of the customer; 503 where the keys were destroyed and not all orders could
   *   be told: that is gone on with, by itself or when it is asked for again
   */
  async forget(customerId: string, context: CommandContext & { reason: string }): Promise<Erasure> {
    const { idempotencyKey: key } = context;
    if (key === undefined) return { ...(await this.#forget(customerId, context)), replayed: false };
    const hash = requestHash(this.#keyed, context);
    return this.#underWay.alone(scope, key, async () => {
      const known = await this.store.findCommand(scope, key);
      if (known && !known.requestHash.equals(hash)) throw serviceProblem('idempotency-key-used');
      const erasure = await this.#forget(customerId, context);
      if (known) return { ...erasure, replayed: true };
      const command = { scope, key, requestHash: hash, status: 200 };
      // No order has a slash in its ID: the stream is there for the command alone.
      await this.store.append({ stream: `customers/${customerId}`, expectedVersion: 'any', events: [], command });
      return { ...erasure, replayed: false };
    });
  }

  async #forget(customerId: string, context: CommandContext & { reason: string }): Promise<Omit<Erasure, 'replayed'>> {
    const { actor, reason } = context;
    const destroyed = await destroyKeys(this.pool, { customerId, actor, reason });
    const keys = await destroyedKeysOf(this.pool, customerId);
    if (keys.length === 0 && !(await hasOrders(this.pool, customerId))) throw serviceProblem('customer-not-found');
    let told = 0;
    try {
      await this.#wipe();
      for (const key of keys) told += await this.#tellOrders(key, context);
    } catch (cause) {
      // Whatever it was, the keys are gone, and the caller must hear that.
      throw serviceProblem('erasure-unfinished', { members: { keysDestroyed: keys.length }, cause });
    }
    if (destroyed.length + told > 0) log('customers.forgotten', { keys: destroyed.length, orders: told });
    const [now, orders] = await Promise.all([
      destroyedKeysOf(this.pool, customerId),
      ordersForgotten(
        this.pool,
        keys.map(({ keyId }) => keyId),
      ),
    ]);
    return { customerId, keys: now, orders };
  }

  /** Looks at once, and now and then from here on, for what was begun and not finished. */
  start(): void {
    this.#tending = this.#tend().finally(() => this.#again());
  }

  /** After what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#tending;
  }

  #again(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#tending = this.#tend().finally(() => this.#again());
    }, tendEveryMs);
    this.#timer.unref();
  }

  async #tend(): Promise<void> {
    try {
      if (performance.now() >= this.#lookAtAllAt) await this.#lookAtAll();
      await this.#wipe();
      for (const key of await unsettledKeys(this.pool)) await this.#settle(key);
    } catch (error) {
      this.#say('customers.erasure-unfinished', describeError(error));
    }
  }

  /** One that cannot be settled now keeps no other from it. */
  async #settle(key: DestroyedKey): Promise<void> {
    if (this.#stopped) return;
    try {
      const told = await this.#tellOrders(key);
      if (told > 0) log('customers.forgotten', { keys: 0, orders: told });
      await settleKey(this.pool, key.keyId);
    } catch (error) {
      this.#say('customers.erasure-unfinished', describeError(error));
    }
  }

  /** What costs a look at every key. */
  async #lookAtAll(): Promise<void> {
    const { rowCount: returned } = await this.pool.query(destroyReturnedKeysQuery);
    if (returned) log('customers.keys-returned', { keys: returned });
    if (this.wrapping.isChanging) log('customers.keys-wrapped', await wrapKeysAnew(this.pool, this.wrapping));
    this.#lookAtAllAt = performance.now() + lookAtAllEveryMs;
  }

  /**
   * Each order that does not say so yet, also behind one that could not be told.
   * @returns how many were told
   * @throws what stood in the way of the first that could not be
   */
  async #tellOrders(key: DestroyedKey, context?: CommandContext): Promise<number> {
    const { keyId, customerId, by, reason, destroyedAt } = key;
    const correlationId = context?.correlationId ?? newId();
    const tell = async ({ orderId, placedAt }: { orderId: string; placedAt: number }) => {
      await this.orders.handle(
        orderId,
        { type: 'ForgetCustomer', keyId },
        {
          ...{ scope, path: '', body: undefined, idempotencyKey: undefined, ifMatch: undefined, made: 200 },
          ...{ actor: by ?? undefined, reason: reason ?? undefined, correlationId },
          traceparent: context?.traceparent ?? '',
          // An order that was sealed a moment before may have been placed a moment after.
          occurredAt: Math.max(destroyedAt, placedAt),
          commandId: commandIdOf(this.#keyed, scope, `${keyId} ${orderId}`),
        },
      );
    };
    const tried: PromiseSettledResult<void>[] = [];
    for (let afterPosition = 0; ;) {
      const found = await ordersToForget(this.pool, { customerId, keyId, afterPosition, limit: page });
      for (let first = 0; first < found.length; first += atOnce) {
        if (this.#stopped) throw new Error('the service stops');
        const now = await Promise.allSettled(found.slice(first, first + atOnce).map(tell));
        // Where none of them could be told, it is no fault of theirs, and the rest need not be tried.
        if (now.every(isFailed)) throw now.find(isFailed)!.reason;
        tried.push(...now);
      }
      const last = found.at(-1);
      if (!last || found.length < page) break;
      afterPosition = last.position;
    }
    const failed = tried.find(isFailed);
    if (failed) throw failed.reason;
    return tried.length;
  }

  /** Rids the table’s file of what was destroyed. One at a time; who comes while one is under way shares the next. */
  #wipe(): Promise<void> {
    const next = () => {
      this.#nextWipe = undefined;
      this.#wiping = this.#wipeNow();
      return this.#wiping;
    };
    this.#nextWipe ??= this.#wiping.then(next, next);
    return this.#nextWipe;
  }

  /** Where it cannot be within a moment, it is tried again later. */
  async #wipeNow(): Promise<void> {
    const keyIds = await unwipedKeys(this.pool);
    if (keyIds.length === 0) return;
    const until = performance.now() + wipeWithinMs;
    for (;;) {
      const trouble = await this.#rewriteKeys();
      if (trouble === undefined) break;
      if (this.#stopped || performance.now() > until) return this.#say('customers.keys-not-wiped', trouble);
      await sleep(wipeAgainAfterMs);
    }
    this.#said = '';
    await markWiped(this.pool, keyIds);
  }

  /** @returns why something had to stay */
  async #rewriteKeys(): Promise<string | undefined> {
    try {
      const stayed = await rewriteKeys(this.options.databaseUrl);
      return stayed === 0 ? undefined : `an older transaction still sees ${stayed} of the rows`;
    } catch (error) {
      return describeError(error);
    }
  }

  /** Once, until it is another reason. */
  #say(signal: 'customers.erasure-unfinished' | 'customers.keys-not-wiped', reason: string): void {
    if (this.#said === `${signal} ${reason}`) return;
    this.#said = `${signal} ${reason}`;
    log(signal, { reason });
  }
}

const isFailed = (one: PromiseSettledResult<void>): one is PromiseRejectedResult => one.status === 'rejected';
