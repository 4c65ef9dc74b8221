import { z } from 'zod';
import type { EntriesQuestion, RevenueQuestion } from './revenue-question.js';

/** Where a page ended, and of which question in which generation. Opaque to callers, and nothing in it is secret. */
export interface Cursor<Question> {
  generation: number;
  /** The question as the caller wrote it: a later page that repeats it must say the same. */
  asked: Record<string, unknown>;
  question: Question;
  /** Of the last row, in the order of the page. */
  keys: (string | number)[];
}

const text = z
  .string()
  .max(1_024)
  .refine((value) => !value.includes('\u0000'));
const day = z.iso.date().refine((value) => !value.startsWith('0000'));
const number = z.int().min(0).max(2_147_483_647);
const common = { generation: number, asked: z.record(z.string(), z.union([z.string(), z.number()])) };
const days = { from: day, to: day };

/** A cursor comes back from outside: it is read as carefully as any input. */
export const revenueCursor: z.ZodType<Cursor<RevenueQuestion>> = z
  .strictObject({
    ...common,
    question: z.strictObject({
      groupBy: z.array(z.enum(['sku', 'day', 'currency'])).min(1),
      ...{ ...days, sku: text.nullable(), currency: text.nullable() },
    }),
    keys: z.array(text),
  })
  .refine(({ question, keys }) => question.groupBy.length === keys.length)
  .refine(({ question, keys }) =>
    question.groupBy.every((key, at) => key !== 'day' || day.safeParse(keys[at]).success),
  );

export const entriesCursor: z.ZodType<Cursor<EntriesQuestion>> = z.strictObject({
  ...common,
  question: z.strictObject({ ...days, sku: text.nullable(), currency: text.nullable() }),
  keys: z.tuple([day, text, number, number]),
});

export const writeCursor = (cursor: Cursor<object>): string =>
  Buffer.from(JSON.stringify(cursor)).toString('base64url');

/** @returns undefined where it is none of ours: cut off, changed, or of another question */
export function openCursor<Question>(shape: z.ZodType<Cursor<Question>>, cursor: string): Cursor<Question> | undefined {
  try {
    const read = shape.safeParse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    return read.success ? read.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
