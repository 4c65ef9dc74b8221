import { describe, expect, it } from '@jest/globals';
import { arrayText, copyField, textOf } from './value-text.js';

describe('a value’s text', () => {
  it('is one for each value, whatever its type', () => {
    expect(textOf('timestamptz', 1_795_528_920_123_456)).toBe('2026-11-24T14:02:00.123456Z');
    expect(textOf('bytea', Buffer.from([0, 255]))).toBe('\\x00ff');
    expect(textOf('bigint', -7)).toBe('-7');
    expect(textOf('text', null)).toBeNull();
  });

  it('refuses what is no whole number rather than round it', () => {
    expect(() => textOf('bigint', 0.5)).toThrow(RangeError);
    expect(() => textOf('bigint', 2 ** 53)).toThrow(RangeError);
  });

  it('is escaped as COPY and arrays want it', () => {
    expect(copyField('a\tb\\c\nd\re')).toBe('a\\tb\\\\c\\nd\\re');
    expect(copyField(null)).toBe('\\N');
    expect(copyField('47503J ')).toBe('47503J ');
    expect(arrayText(['a"b', 'c\\d', 'e,f', 'NULL', null, 7])).toBe('{"a\\"b","c\\\\d","e,f","NULL",NULL,7}');
  });
});
