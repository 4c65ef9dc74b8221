import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatInstant } from '@orderlog/instant';
import { IANAZone } from 'luxon';
import { localTime } from './local-time.js';

const london = IANAZone.create('Europe/London');

const read = (text: string) => {
  const time = localTime(text, london);
  return time && [formatInstant(time.at), time.note];
};

describe('a time in a zone', () => {
  it.each([
    ['2009-12-01 07:45:00', '2009-12-01T07:45:00.000000Z', undefined],
    ['2010-07-01 00:30:00', '2010-06-30T23:30:00.000000Z', undefined],
    ['2010-07-01T00:30', '2010-06-30T23:30:00.000000Z', undefined],
    ['2010-07-01 12:00:00.25', '2010-07-01T11:00:00.250000Z', undefined],
    ['2010-03-28 00:59:59', '2010-03-28T00:59:59.000000Z', undefined],
    ['2010-03-28 01:00:00', '2010-03-28T01:00:00.000000Z', 'does-not-exist'],
    ['2010-03-28 01:59:59', '2010-03-28T01:59:59.000000Z', 'does-not-exist'],
    ['2010-03-28 02:00:00', '2010-03-28T01:00:00.000000Z', undefined],
    ['2010-10-31 00:59:59', '2010-10-30T23:59:59.000000Z', undefined],
    ['2010-10-31 01:00:00', '2010-10-31T00:00:00.000000Z', 'exists-twice'],
    ['2010-10-31 01:59:59', '2010-10-31T00:59:59.000000Z', 'exists-twice'],
    ['2010-10-31 02:00:00', '2010-10-31T02:00:00.000000Z', undefined],
    ['1970-07-01 12:00:00', '1970-07-01T11:00:00.000000Z', undefined], // summer time lasted from 1968 to 1971
    ['1970-01-01 12:00:00', '1970-01-01T11:00:00.000000Z', undefined],
  ])('%s is %s (%s)', (text, at, note) => expect(read(text)).toEqual([at, note]));

  it.each([
    '2010-02-29 12:00:00',
    '2010-13-01 12:00:00',
    '2010-12-01 24:00:00',
    '2010-12-01 12:60:00',
    '2010-12-01 23:59:60',
    '2010-12-01',
    '01/12/2010 08:26',
    '2010-12-01 12:00:00Z',
    '',
  ])('is not %p', (text) => expect(localTime(text, london)).toBeUndefined());

  it('is what the clock of the system says it is', () => {
    const clock = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'Europe/London',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    const seconds = fc.integer({ min: Date.UTC(1972, 0, 1) / 1000, max: Date.UTC(2026, 0, 1) / 1000 });
    fc.assert(
      fc.property(seconds, (second) => {
        const time = localTime(clock.format(second * 1000), london);
        const expected = time?.note === 'exists-twice' ? [second, second - 3600] : [second];
        expect(expected).toContain(time!.at / 1_000_000);
      }),
      { numRuns: 500 },
    );
  });
});
