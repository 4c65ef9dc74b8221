/**
 * # instant: a moment, to the microsecond
 * Facts carry two times (when it happened, when we learned it) and a Date forgets the microseconds that keep them
 * apart. An `Instant` is a whole number of microseconds since 1970-01-01T00:00:00Z, always UTC; it is exact until the
 * year 2255 (2^53 µs), and it is what Avro calls timestamp-micros.
 *     parseInstant('2026-11-24T15:02:00.123456+01:00')   // 1795528920123456
 *     formatInstant(1795528920123456)                    // '2026-11-24T14:02:00.123456Z'
 */

/** Microseconds since 1970-01-01T00:00:00Z, UTC. */
export type Instant = number;

/** RFC 3339 with a zone; up to six digits of a second's fraction. Its hours end at 23: 24:00 is the next day's 00:00. */
const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt ]((?!24)\d{2}:\d{2}:\d{2})(?:\.(\d{1,6})\d*)?([Zz]|[+-]\d{2}:\d{2})$/;

/** The clock, in microseconds (its resolution is a millisecond). */
export const now = (): Instant => Date.now() * 1000;

/** @returns the instant, or undefined where the text is no RFC 3339 time with a zone. Digits below 1 µs are cut off. */
export function parseInstant(text: string): Instant | undefined {
  const match = rfc3339.exec(text);
  if (!match) return undefined;
  const [, day, time, fraction = '', zone] = match as unknown as [string, string, string, string | undefined, string];
  const milliseconds = Date.parse(`${day}T${time}${zone.toUpperCase()}`);
  if (Number.isNaN(milliseconds)) return undefined;
  // Date.parse takes 2026-02-30 for 2 March: a day that does not exist is no time.
  if (new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day) return undefined;
  return milliseconds * 1000 + Number(fraction.padEnd(6, '0'));
}

/** The last second that was written: times of one batch share it, and a Date is most of the cost. */
let second = NaN;
let secondText = '';

/** @returns RFC 3339 in UTC, always with six digits of a second: the one form that texts, hashes and answers use. */
export function formatInstant(instant: Instant): string {
  const itsSecond = Math.floor(instant / 1_000_000);
  if (itsSecond !== second) {
    secondText = new Date(itsSecond * 1000).toISOString().slice(0, -4);
    second = itsSecond;
  }
  return `${secondText}${String(instant - itsSecond * 1_000_000).padStart(6, '0')}Z`;
}

/** @returns the day in UTC, as `2026-11-24`. */
export const dayOf = (instant: Instant): string => formatInstant(instant).slice(0, 10);
