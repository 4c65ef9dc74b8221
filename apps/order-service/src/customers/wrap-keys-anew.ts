import type { Pool } from 'pg';
import type { Wrapping } from './wrapping.js';
import { keysInUseAfter, replaceWrapped } from './customer-keys.sql.js';

const page = 1_000;
const beforeTheFirst = '00000000-0000-0000-0000-000000000000';

/**
 * Wraps every key in use under the first of two outer keys, so that the other can be destroyed: what was wrapped with it, in
 * backups and logs of the database, opens nothing from then on.
 * @returns how many were wrapped anew, and how many neither opens
 */
export async function wrapKeysAnew(pool: Pool, wrapping: Wrapping): Promise<{ keys: number; unopened: number }> {
  const done = { keys: 0, unopened: 0 };
  for (let afterKeyId = beforeTheFirst; ;) {
    const found = await keysInUseAfter(pool, { afterKeyId, limit: page });
    const changes = found.flatMap(({ keyId, wrapped }) => {
      const anew = wrapping.anew(keyId, wrapped);
      if (anew === 'unopened') done.unopened += 1;
      return anew instanceof Buffer ? [{ keyId, wrapped, anew }] : [];
    });
    if (changes.length > 0) done.keys += await replaceWrapped(pool, changes);
    const last = found.at(-1);
    if (!last || found.length < page) return done;
    afterKeyId = last.keyId;
  }
}
