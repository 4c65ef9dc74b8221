import { describe, expect, it } from '@jest/globals';
import { readCursor, writeCursor } from './cursor.js';

describe('a cursor', () => {
  it('is read as it was written, with its own question', () => {
    const cursor = { beforePosition: 41, customerId: 'c-1' };
    expect(readCursor(writeCursor(cursor), 'c-1')).toEqual(cursor);
  });

  it('is refused with another question', () => {
    const cursor = writeCursor({ beforePosition: 41, customerId: 'c-1' });
    expect(() => readCursor(cursor, null)).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => readCursor(cursor, 'c-2')).toThrow(expect.objectContaining({ status: 400 }));
  });

  it.each(['', 'x', 'W10', 'bnVsbA', 'WzIsMSxudWxsXQ', 'WzEsMS41LG51bGxd', '{}'])('of %j is none', (text) => {
    expect(() => readCursor(text, null)).toThrow(expect.objectContaining({ status: 400 }));
  });
});
