import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Randomness is asked for by the page: a call for each ID costs more than the rest of it. */
const random = Buffer.allocUnsafe(4096);
let used = random.length;

/** A UUIDv7. */
export const newId = (): string => v7({ random: sixteenRandomBytes() });

/** To be used up before the next call. */
export function sixteenRandomBytes(): Buffer {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  return random.subarray(used, (used += 16));
}
