import { count } from '../terminal/numbers.js';

/** The positions of gaps, of the first ten: `3, 5 to 9`. */
export const positionsOf = (gaps: readonly { from: number; to: number }[]): string =>
  gaps
    .slice(0, 10)
    .map(({ from, to }) => (from === to ? count(from) : `${count(from)} to ${count(to)}`))
    .join(', ') + (gaps.length > 10 ? ' …' : '');
