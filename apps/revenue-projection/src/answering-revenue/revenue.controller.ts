import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { now } from '@orderlog/instant';
import { ApiProblems, Problem } from '@orderlog/service-kit';
import type { Pool } from 'pg';
import { z } from 'zod';
import { writeCursor } from './cursor.js';
import { revenueEntries } from './revenue-entries.sql.js';
import { entriesPage, entriesQuery, revenuePage, revenueQuery, type Page } from './revenue-question.js';
import { liveGeneration, revenueTotals, type RevenueRow } from './revenue-totals.sql.js';

const minor = z.int().describe('in minor units of the currency');
const nextCursor = z.string().nullable().describe('for the next page; null: this is the last one');
const revenueAnswer = z
  .strictObject({
    rows: z.array(
      z.strictObject({
        sku: z.string().optional(),
        day: z.string().optional(),
        currency: z.string(),
        captured: minor,
        refunded: minor,
        net: minor.describe('captured less refunded'),
        units: z.int(),
      }),
    ),
    nextCursor,
  })
  .meta({
    id: 'Revenue',
    example: {
      rows: [
        { sku: 'TEA-01', day: '2026-11-24', currency: 'GBP', captured: 7999, refunded: 2000, net: 5999, units: 2 },
      ],
      nextCursor: null,
    },
  });
const entriesAnswer = z
  .strictObject({
    rows: z.array(
      z.strictObject({
        orderId: z.string(),
        version: z.int(),
        line: z.int(),
        type: z.string(),
        sku: z.string(),
        day: z.string(),
        currency: z.string(),
        captured: minor,
        refunded: minor,
        net: minor,
        units: z.int(),
        occurredAt: z.string(),
      }),
    ),
    nextCursor,
  })
  .meta({
    id: 'RevenueEntries',
    example: {
      rows: [
        {
          ...{ orderId: '8471', version: 3, line: 1, type: 'PaymentCaptured', sku: 'TEA-01', day: '2026-11-24' },
          ...{ currency: 'GBP', captured: 7999, refunded: 0, net: 7999, units: 2 },
          occurredAt: '2026-11-24T14:02:00.123456Z',
        },
      ],
      nextCursor: null,
    },
  });

/** Where the answers are read: the projection's tables, through a pool of its own. */
export class RevenueDatabase {
  constructor(readonly pool: Pool) {}
}

@ApiTags('revenue')
@Controller('revenue')
export class RevenueController {
  constructor(private readonly database: RevenueDatabase) {}

  @Get()
  @ApiOperation({
    summary: 'Revenue by SKU, day and currency',
    description:
      'A capture counts on its day, a refund on the day it is initiated; days are UTC, `from` and `to` inclusive. ' +
      'Without a range: today and the 89 days before. A cursor belongs to its question: repeat it, or send the cursor alone.',
  })
  @ApiResponse({ status: 200, standardSchema: revenueAnswer, description: 'A page of sums, in the order of its keys.' })
  @ApiProblems([400, 410], { 410: 'The cursor is of tables that were replaced.' })
  async revenue(
    @Query({ schema: revenueQuery }) asked: z.output<typeof revenueQuery>,
  ): Promise<z.output<typeof revenueAnswer>> {
    const page = revenuePage(asked, now());
    const keysOf = (row: RevenueRow) => page.question.groupBy.map((key) => row[key] as string);
    return this.answer(page, revenueTotals, keysOf);
  }

  @Get('entries')
  @ApiOperation({
    summary: 'The facts behind a number',
    description: 'What each line of each fact added to a SKU, by day, order, version and line.',
  })
  @ApiResponse({ status: 200, standardSchema: entriesAnswer, description: 'A page of entries.' })
  @ApiProblems([400, 410], { 410: 'The cursor is of tables that were replaced.' })
  async entries(
    @Query({ schema: entriesQuery }) asked: z.output<typeof entriesQuery>,
  ): Promise<z.output<typeof entriesAnswer>> {
    return this.answer(entriesPage(asked, now()), revenueEntries, (row) => [
      row.day,
      row.orderId,
      row.version,
      row.line,
    ]);
  }

  private async answer<Question extends object, Row>(
    page: Page<Question>,
    read: (
      pool: Pool,
      generation: number,
      question: Question,
      page: { limit: number; after: readonly (string | number)[] | undefined },
    ) => Promise<Row[]>,
    keysOf: (row: Row) => (string | number)[],
  ): Promise<{ rows: Row[]; nextCursor: string | null }> {
    const { pool } = this.database;
    const generation = await liveGeneration(pool);
    if (page.after && page.after.generation !== generation) throw replaced(page.after.generation, generation);
    // One more than asked for: whether there is a next page.
    const { question, asked, limit, after } = page;
    const found = await read(pool, generation, question, { limit: limit + 1, after: after?.keys });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    if (found.length <= limit || last === undefined) return { rows, nextCursor: null };
    return { rows, nextCursor: writeCursor({ generation, asked, question, keys: keysOf(last) }) };
  }
}

const replaced = (then: number, now: number): Problem =>
  new Problem({
    code: 'cursor-of-another-generation',
    status: 410,
    title: 'The cursor is of tables that were replaced.',
    detail: `It was made in generation ${then}; generation ${now} answers now. Ask again from the first page.`,
  });
