import { createHash } from 'node:crypto';
import type { ReadLine } from './read-line.js';

/**
 * What an invoice says, as a short text that stands in the metadata of each of its facts (`commandId`). It does not
 * depend on the file's name, on line numbers or on the order of the lines: the same invoice out of another file (the
 * two sheets of the data set overlap) is the same, and one that has changed is told from one that has not.
 */
export function fingerprintOf(lines: readonly ReadLine[]): string {
  const texts = lines.map(
    ({ sku, description, quantity, price, time, customerId }) =>
      `${sku}\x1f${description}\x1f${quantity}\x1f${price.exactText ?? price.minor}\x1f${time.at}\x1f${customerId}`,
  );
  const hash = createHash('sha256').update(texts.sort().join('\x1e')).digest('hex').slice(0, 32);
  return `import-online-retail:${hash}`;
}
