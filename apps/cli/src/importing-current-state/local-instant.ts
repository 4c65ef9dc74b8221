import type { Zone } from 'luxon';
import { type Instant, parseInstant } from '@orderlog/instant';
import { localTime } from '../importing/local-time.js';

const withZone = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)? ?(?:(Z)|([+-]\d{2})(?::?(\d{2}))?)$/i;
const dayAlone = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Reads a time as tables write it: with a zone (`2024-03-01 12:00:00+00`, `…T12:00:00Z`), or as a clock of `zone` showed it
 * (seconds may be missing, and so may the time of the day: then it is midnight).
 * @returns undefined where it is no time, or its day is not in the calendar
 */
export function instantOf(text: string, zone: Zone): Instant | undefined {
  const trimmed = text.trim();
  const match = withZone.exec(trimmed);
  if (match) {
    const [, day, time, seconds = ':00', utc, hours, minutes = '00'] = match;
    return parseInstant(`${day}T${time}${seconds}${utc ? 'Z' : `${hours}:${minutes}`}`);
  }
  return localTime(dayAlone.test(trimmed) ? `${trimmed} 00:00` : cutTo6(trimmed), zone)?.at;
}

/** Digits below a microsecond are cut off. */
const cutTo6 = (text: string): string => text.replace(/(\.\d{6})\d+$/, '$1');

/** What MySQL writes for "never". */
export const isNoTime = (text: string): boolean => /^(0000-00-00|\s*$)/.test(text);
