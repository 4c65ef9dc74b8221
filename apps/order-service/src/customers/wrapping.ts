import { randomBytes } from 'node:crypto';
import { seal, unseal } from './sealing.js';

/**
 * The keys outside of the database that wrap those of customers: the one that new keys are wrapped with, and, while it is
 * being changed, another that some are still wrapped with.
 */
export class Wrapping {
  constructor(
    private readonly key: Buffer,
    private readonly also: Buffer | undefined,
  ) {}

  /** Whether one is being changed for another. */
  get isChanging(): boolean {
    return this.also !== undefined;
  }

  /** A new key of a customer, wrapped. */
  make(keyId: string): Buffer {
    return seal(this.key, keyId, randomBytes(32));
  }

  /** @throws where neither opens it */
  open(keyId: string, wrapped: Buffer): Buffer {
    try {
      return unseal(this.key, keyId, wrapped);
    } catch (error) {
      if (!this.also) throw error;
      return unseal(this.also, keyId, wrapped);
    }
  }

  /** The same key under the first of the two. @returns undefined where it is so already, `unopened` where neither opens it */
  anew(keyId: string, wrapped: Buffer): Buffer | undefined | 'unopened' {
    if (opens(this.key, keyId, wrapped)) return undefined;
    const opened = this.also && opens(this.also, keyId, wrapped);
    return opened ? seal(this.key, keyId, opened) : 'unopened';
  }
}

function opens(key: Buffer, keyId: string, wrapped: Buffer): Buffer | undefined {
  try {
    return unseal(key, keyId, wrapped);
  } catch {
    return undefined;
  }
}
