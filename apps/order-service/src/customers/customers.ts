import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { newId } from '@orderlog/event-store';
import type { SealedCustomer } from '@orderlog/order-domain';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findKey, keyInUse, keepKey } from './customer-keys.sql.js';

/** Who a customer is. Never in facts, logs or errors as it stands here. */
export interface Person {
  name?: string | undefined;
  email?: string | undefined;
  address?: string | undefined;
}

const person = z.object({ name: z.string(), email: z.string(), address: z.string() }).partial();

/** A key that was destroyed stays readable in other processes for at most this long. */
const keptForMs = 30_000;
const keptKeys = 10_000;

/**
 * Seals who a customer is under a key of their own before it comes near a fact, and opens it again where an order is
 * shown. AES-256-GCM; the order's ID is bound in, so that a sealed person cannot be moved to another order. Without the
 * customer's key, which `orderlog forget` destroys, nothing opens it.
 */
export class Customers {
  readonly #keys = new Map<string, { keyId: string; key: Buffer | undefined; until: number }>();

  constructor(
    private readonly pool: Pool,
    private readonly wrappingKey: Buffer,
  ) {}

  async seal(customerId: string, orderId: string, who: Person): Promise<SealedCustomer> {
    const { keyId, key } = await this.#keyOf(customerId);
    return { keyId, sealed: encrypt(key, orderId, Buffer.from(JSON.stringify(who), 'utf8')).toString('base64') };
  }

  /** @returns undefined where the key was destroyed: the person was forgotten */
  async open(orderId: string, { keyId, sealed }: SealedCustomer): Promise<Person | undefined> {
    const key = await this.#keyWithId(keyId);
    if (!key) return undefined;
    return person.parse(JSON.parse(decrypt(key, orderId, Buffer.from(sealed, 'base64')).toString('utf8')));
  }

  async #keyOf(customerId: string): Promise<{ keyId: string; key: Buffer }> {
    const cached = this.#cached(`customer ${customerId}`);
    if (cached?.key) return { keyId: cached.keyId, key: cached.key };
    let row = await keyInUse(this.pool, customerId);
    if (!row) {
      const keyId = newId();
      await keepKey(this.pool, { keyId, customerId, wrapped: encrypt(this.wrappingKey, keyId, randomBytes(32)) });
      // Another process may have been first: what is in use is asked again rather than assumed.
      row = await keyInUse(this.pool, customerId);
      if (!row) throw new Error('a customer’s key was made and destroyed at the same moment; send it again');
    }
    const key = decrypt(this.wrappingKey, row.keyId, row.wrapped);
    this.#cache(`customer ${customerId}`, row.keyId, key);
    return { keyId: row.keyId, key };
  }

  async #keyWithId(keyId: string): Promise<Buffer | undefined> {
    const cached = this.#cached(`key ${keyId}`);
    if (cached) return cached.key;
    const wrapped = await findKey(this.pool, keyId);
    const key = wrapped && decrypt(this.wrappingKey, keyId, wrapped);
    this.#cache(`key ${keyId}`, keyId, key);
    return key;
  }

  #cached(name: string): { keyId: string; key: Buffer | undefined } | undefined {
    const found = this.#keys.get(name);
    return found && found.until > Date.now() ? found : undefined;
  }

  #cache(name: string, keyId: string, key: Buffer | undefined): void {
    this.#keys.delete(name);
    this.#keys.set(name, { keyId, key, until: Date.now() + keptForMs });
    if (this.#keys.size > keptKeys) this.#keys.delete(this.#keys.keys().next().value as string);
  }
}

/** nonce ‖ ciphertext ‖ tag */
function encrypt(key: Buffer, boundTo: string, plain: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  cipher.setAAD(Buffer.from(boundTo, 'utf8'));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws where it was sealed with another key, for something else, or was changed */
function decrypt(key: Buffer, boundTo: string, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(boundTo, 'utf8'));
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
}
