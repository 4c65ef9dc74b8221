import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createHmac } from 'node:crypto';
import { keyedHash } from './keyed-hash.js';

describe('a keyed hash', () => {
  it('is the HMAC that everyone else computes, whatever the secret and the text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 100, unit: 'grapheme' }),
        fc.array(fc.string({ maxLength: 8_000, unit: 'grapheme' }), { minLength: 1 }),
        (secret, texts) => {
          const hash = keyedHash(secret);
          for (const text of texts) expect(hash(text)).toEqual(createHmac('sha256', secret).update(text).digest());
        },
      ),
    );
  });
});
