import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Randomness is asked for by the page: a call for each ID costs more than the rest of it. */
const random = Buffer.allocUnsafe(4096);
let used = random.length;

/** A UUIDv7. */
export function newId(): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return v7({ random: random.subarray(used, (used += 16)) });
}
