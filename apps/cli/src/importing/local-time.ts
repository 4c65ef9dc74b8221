import type { Zone } from 'luxon';
import type { Instant } from '@orderlog/instant';

/** What a clock on the wall showed and when that was. `note`: it showed it never, or twice, that day. */
export type LocalTime = { at: Instant; note?: 'does-not-exist' | 'exists-twice' };

const local = /^\s*(\d{4})-(\d{2})-(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*$/;
const dayMs = 86_400_000;

/**
 * Reads a local time of a zone (`2009-12-01 07:45:00`; seconds may be missing, or have up to six digits).
 * In the autumn an hour exists twice: the first one, still in summer time, is meant. In the spring an hour does not
 * exist: it is read as if the clock had not been put forward yet. Java, Python and Luxon read both so.
 * @returns undefined where the text is no such time, or its day is not in the calendar
 */
export function localTime(text: string, zone: Zone): LocalTime | undefined {
  const match = local.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59 || year < 1) return undefined;
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const read = new Date(asUtc);
  if (read.getUTCFullYear() !== year || read.getUTCMonth() !== month - 1 || read.getUTCDate() !== day) return undefined;
  const microseconds = Number((match[7] ?? '').padEnd(6, '0'));

  const before = asUtc - zone.offset(asUtc - dayMs) * 60_000;
  const after = asUtc - zone.offset(asUtc + dayMs) * 60_000;
  const real = [...new Set([before, after])].filter((ms) => ms + zone.offset(ms) * 60_000 === asUtc);
  const at = (real.length === 0 ? before : Math.min(...real)) * 1000 + microseconds;
  if (real.length === 0) return { at, note: 'does-not-exist' };
  return real.length === 2 ? { at, note: 'exists-twice' } : { at };
}
