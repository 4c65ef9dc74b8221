import { dayOf, type Instant } from '@orderlog/instant';
import { invalidInputs, pageLimit, wholeNumber } from '@orderlog/service-kit';
import { z } from 'zod';
import { entriesCursor, openCursor, revenueCursor, type Cursor } from './cursor.js';

/** What revenue can be grouped by; the currency always is, because amounts of two currencies are never added. */
export const groupings = ['sku', 'day', 'currency'] as const;
export type Grouping = (typeof groupings)[number];

const day = z.iso
  .date()
  .refine((text) => !text.startsWith('0000'))
  .describe('a day in UTC, such as 2026-11-24');
const sku = z
  .string()
  .min(1)
  .max(512)
  .refine((text) => !text.includes('\u0000'))
  .describe('a SKU as it was written, blanks and case included');
const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('three capital letters, such as GBP');
const cursor = z.string().min(1).max(4_096).describe('the nextCursor of the page before');
const days = wholeNumber('today (UTC) and the days before', 1, 36_600);
const range = { days: days.optional(), from: day.optional(), to: day.optional() };

export const DEFAULT_DAYS = 90;
export const DEFAULT_LIMIT = 1_000;
export const MAX_LIMIT = 100_000;
const limit = pageLimit(MAX_LIMIT, DEFAULT_LIMIT);

const groupBy = z
  .string()
  .refine((text) => text.split(',').every((name) => groupings.includes(name as Grouping)))
  .describe(`one or more of ${groupings.join(', ')}, with commas between them`);

/** `GET /revenue`, as it is asked. */
export const revenueQuery = z.strictObject({
  groupBy: groupBy.optional(),
  ...range,
  ...{ sku: sku.optional(), currency: currency.optional(), limit, cursor: cursor.optional() },
});

/** `GET /revenue/entries`, as it is asked. */
export const entriesQuery = z.strictObject({
  sku: sku.optional(),
  day: day.optional(),
  ...range,
  ...{ currency: currency.optional(), limit, cursor: cursor.optional() },
});

export interface Days {
  from: string;
  to: string;
}

/** What is asked, with nothing left open: it stands in the cursor, so that midnight does not move a range on its way. */
export interface RevenueQuestion extends Days {
  groupBy: Grouping[];
  sku: string | null;
  currency: string | null;
}

export interface EntriesQuestion extends Days {
  sku: string | null;
  currency: string | null;
}

/** A page of a question: after which keys it begins, and in which generation the page before was read. */
export interface Page<Question> {
  question: Question;
  /** As the caller wrote it on the first page. */
  asked: Record<string, unknown>;
  limit: number;
  after: { generation: number; keys: (string | number)[] } | undefined;
}

/**
 * Completes a question: 90 days where no range is given, SKUs where no grouping is.
 * @throws Problem 400 that names the fields that do not go together, or a cursor that is not of this question
 */
export function revenuePage(asked: z.output<typeof revenueQuery>, now: Instant): Page<RevenueQuestion> {
  const { cursor, limit, ...rest } = asked;
  const question = (): RevenueQuestion => ({
    groupBy: groupings.filter((name) => name === 'currency' || (asked.groupBy ?? 'sku').split(',').includes(name)),
    ...daysOf(asked, now),
    ...{ sku: asked.sku ?? null, currency: asked.currency ?? null },
  });
  return pageOf(rest, limit, cursor, revenueCursor, question);
}

/** @throws Problem 400, as `revenuePage` */
export function entriesPage(asked: z.output<typeof entriesQuery>, now: Instant): Page<EntriesQuestion> {
  const { cursor, limit, ...rest } = asked;
  const question = (): EntriesQuestion => {
    if (asked.day !== undefined && (asked.days ?? asked.from ?? asked.to) !== undefined) {
      throw wrong('day', 'stands alone', 'leave out days, from and to');
    }
    const days = asked.day === undefined ? daysOf(asked, now) : { from: asked.day, to: asked.day };
    return { ...days, sku: asked.sku ?? null, currency: asked.currency ?? null };
  };
  return pageOf(rest, limit, cursor, entriesCursor, question);
}

function pageOf<Question>(
  asked: Record<string, unknown>,
  limit: number,
  cursor: string | undefined,
  shape: z.ZodType<Cursor<Question>>,
  question: () => Question,
): Page<Question> {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  if (cursor === undefined) {
    return { question: question(), asked: Object.fromEntries(given), limit, after: undefined };
  }
  const opened = openCursor(shape, cursor);
  if (!opened) throw wrong('cursor', 'is none of ours', 'send a nextCursor as it was answered');
  const differs = given.filter(([name, value]) => opened.asked[name] !== value).map(([name]) => name);
  if (differs.length > 0) {
    const [name] = differs as [string];
    throw wrong(name, 'is not what the cursor was made for', 'repeat the question as it was, or send the cursor alone');
  }
  const { generation, keys } = opened;
  return { question: opened.question, asked: opened.asked, limit, after: { generation, keys } };
}

/** Days in UTC, both inclusive. `from` alone is up to today, `to` alone is from the first day on. */
function daysOf(asked: { days?: number; from?: string; to?: string }, now: Instant): Days {
  const today = dayOf(now);
  if (asked.days !== undefined && (asked.from ?? asked.to) !== undefined) {
    throw wrong('days', 'does not go with from or to', 'send either days, or from and to');
  }
  if (asked.from === undefined && asked.to === undefined) {
    return { from: dayOf(now - ((asked.days ?? DEFAULT_DAYS) - 1) * 86_400_000_000), to: today };
  }
  const [from, to] = [asked.from ?? '0001-01-01', asked.to ?? today];
  if (from > to) throw wrong('from', `is after ${asked.to === undefined ? 'today' : 'to'}`, 'send an earlier day');
  return { from, to };
}

const wrong = (field: string, problem: string, remedy: string) =>
  invalidInputs([{ field, in: 'query', problem, remedy }]);
