import { newId } from '@orderlog/event-store';
import { formatInstant } from '@orderlog/instant';
import type { Order, SealedCustomer } from '@orderlog/order-domain';
import { Problem } from '@orderlog/service-kit';
import type { Pool } from 'pg';
import { z } from 'zod';
import type { Gate } from '../orders/orders.js';
import { AskedTogether } from './asked-together.js';
import { findKey, keepKey, keysInUse } from './customer-keys.sql.js';
import { seal, unseal } from './sealing.js';
import type { Wrapping } from './wrapping.js';

const person = z.strictObject({ name: z.string(), email: z.string(), address: z.string() }).partial();

/** Who a customer is. Never in facts, logs or errors as it stands here. */
export interface Person {
  name?: string | undefined;
  email?: string | undefined;
  address?: string | undefined;
}

/** What can be said of a customer whom an order knows. */
export const who = z.union([
  person,
  z.strictObject({ forgotten: z.literal(true), at: z.string().optional() }),
  z.strictObject({ withheld: z.literal(true) }),
]);
export type Who = Person | { forgotten: true; at?: string } | { withheld: true };

/** Others may forget a customer this often between our making a key and our asking for it. */
const tries = 5;

/**
 * Seals who a customer is under a key of their own before it comes near a fact, and opens it again where an order is
 * shown. AES-256-GCM; the order's ID is bound in, so that a sealed person cannot be moved to another order. Without the
 * customer’s key, which `orderlog forget` destroys, nothing opens it.
 *
 * No key is remembered: each is asked for when it is used, so that no process seals with a key that was destroyed before,
 * or opens anything once the destruction was answered.
 */
export class Customers {
  readonly #inUse: AskedTogether<{ keyId: string; wrapped: Buffer }>;

  /**
   * @param gate while it does not let commands pass, the store may lack facts that its topic has, and one of them may say
   *   that a customer was forgotten: nobody is opened until that is known
   */
  constructor(
    private readonly pool: Pool,
    private readonly wrapping: Wrapping,
    private readonly gate: Gate,
  ) {
    this.#inUse = new AskedTogether((customerIds) => keysInUse(pool, customerIds));
  }

  async seal(customerId: string, orderId: string, who: Person): Promise<SealedCustomer> {
    const { keyId, key } = await this.#keyOf(customerId);
    return { keyId, sealed: seal(key, orderId, Buffer.from(JSON.stringify(who), 'utf8')).toString('base64') };
  }

  /** Whom an order is of; undefined where it was never said. */
  async whoIs(
    orderId: string,
    { customer, forgotten }: Pick<Order, 'customer' | 'forgotten'>,
  ): Promise<Who | undefined> {
    if (customer) return this.open(orderId, customer);
    return forgotten && { forgotten: true, ...atOf((await findKey(this.pool, forgotten.keyId)).forgottenAt) };
  }

  async open(orderId: string, { keyId, sealed }: SealedCustomer): Promise<Who> {
    const { wrapped, forgottenAt } = await findKey(this.pool, keyId);
    if (forgottenAt !== undefined) return { forgotten: true, ...atOf(forgottenAt) };
    // No key, and nobody destroyed it: a restore has lost it, and may give it back.
    if (!wrapped || !this.#mayOpen()) return { withheld: true };
    const key = this.wrapping.open(keyId, wrapped);
    return person.parse(JSON.parse(unseal(key, orderId, Buffer.from(sealed, 'base64')).toString('utf8')));
  }

  #mayOpen(): boolean {
    try {
      this.gate.pass();
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  }

  async #keyOf(customerId: string): Promise<{ keyId: string; key: Buffer }> {
    for (let trial = 1; trial <= tries; trial += 1) {
      const found = await this.#inUse.ask(customerId);
      if (found) return { keyId: found.keyId, key: this.wrapping.open(found.keyId, found.wrapped) };
      const keyId = newId();
      await keepKey(this.pool, { keyId, customerId, wrapped: this.wrapping.make(keyId) });
      // Another process may have been first: what is in use is asked again rather than assumed.
    }
    throw new Error(`a customer’s key was made and destroyed ${tries} times within a moment`);
  }
}

const atOf = (forgottenAt: number | undefined): { at?: string } =>
  forgottenAt === undefined ? {} : { at: formatInstant(forgottenAt) };
