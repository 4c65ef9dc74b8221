import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayOf, formatInstant, parseInstant } from './index.js';

describe('an instant', () => {
  it('is read from any zone and written in UTC', () => {
    expect(formatInstant(parseInstant('2026-11-24T15:02:00.123456+01:00')!)).toBe('2026-11-24T14:02:00.123456Z');
    expect(dayOf(parseInstant('2026-11-24T00:30:00+01:00')!)).toBe('2026-11-23');
  });

  it.each([
    ...['2026-11-24T15:02:00', '2026-11-24', 'yesterday', ''],
    ...['2026-13-01T00:00:00Z', '2026-02-30T00:00:00Z', '10000-01-01T00:00:00Z', '-2026-11-24T00:00:00Z'],
    ...['2026-11-24T24:00:00Z', '2016-12-31T23:59:60Z', '2026-11-24T00:00:00+24:00', '2026-11-24T00:00:00+0100'],
  ])('is not made from %j', (text) => expect(parseInstant(text)).toBeUndefined());

  it('survives being written and read, whatever its microsecond', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800_000_000 }), (instant) => {
        expect(parseInstant(formatInstant(instant))).toBe(instant);
      }),
    );
  });
});
