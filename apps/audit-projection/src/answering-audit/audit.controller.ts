import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems, pageLimit, Problem } from '@orderlog/service-kit';
import { loggedPastSchema } from '@orderlog/order-contract';
import { claimText } from '@orderlog/order-domain';
import type { Pool } from 'pg';
import { z } from 'zod';
import { findings, type Finding } from './findings.sql.js';
import { integrity } from './integrity.sql.js';
import { attemptsOfOrder, factsOfOrder, type KeptFact } from './timeline.sql.js';
import { whatHappened, whatWasLogged } from './what-happened.js';

const orderId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/)
  .describe('an order ID: 1 to 64 of A–Z a–z 0–9 . _ -');
const limit = pageLimit(10_000, 1_000);
const cursor = z
  .string()
  .regex(/^\d{1,15}$/)
  .describe('the nextCursor of the page before');
const nextCursor = z.string().nullable().describe('for the next page; null: this is the last one');

const timelineQuery = z.strictObject({ limit, cursor: cursor.optional() });

/** Every kind of finding, and what it says. */
const kinds = {
  gap: 'versions of the order never came',
  'broken-chain': 'a fact does not stand on the one before it',
  'hash-mismatch': 'the content of a fact is not what its hash says',
  'content-differs': 'two contents for one version of the order',
  'captured-over-total': 'more was captured than the order came to',
  'refunded-over-captured': 'more was given back than was captured',
  'duplicate-order': 'another order was attempted under its ID',
  'conflicting-claims':
    'what an imported table or the log beside it says of the order contradicts itself: a person decides',
  'evidence-gap': 'a log beside an imported table cannot be the whole story',
  tombstone: 'someone wanted compaction to delete a fact',
} as const;
const kind = z.enum(Object.keys(kinds) as [keyof typeof kinds, ...(keyof typeof kinds)[]]);

const findingsQuery = z.strictObject({
  kind: kind.optional(),
  orderId: orderId.optional(),
  open: z.enum(['true', 'false']).optional().describe('true: only what is still so; false: only what was resolved'),
  sort: z.enum(['oldest', 'newest']).default('oldest').describe('which comes first; the same on every page'),
  limit,
  cursor: cursor.optional(),
});

const text = z.string();
const minor = z.int().nullable().describe('in minor units of the currency');
const finding = z.strictObject({
  number: z.int(),
  orderId: text,
  kind,
  says: text,
  subject: text.describe('what of the order, such as v3'),
  detail: z.record(z.string(), z.unknown()),
  foundAt: text,
  resolvedAt: text.nullable().describe('when it was no longer so'),
  claims: z
    .array(text)
    .optional()
    .describe('of contradicting claims: what each row says of the order, money as one writes it; the first ten'),
});
const exampleFinding = {
  number: 1,
  orderId: '8471',
  kind: 'duplicate-order' as const,
  says: kinds['duplicate-order'],
  subject: 'cmd-77',
  detail: { commandId: 'cmd-77', currency: 'GBP', attemptedTotal: 7_999, existingTotal: 8_999 },
  foundAt: '2026-11-24T14:05:00.000000Z',
  resolvedAt: null,
};

const timeline = z
  .strictObject({
    orderId: text,
    historyBefore: z
      .strictObject({ known: z.literal(false), before: text, origin: text })
      .optional()
      .describe('of an imported order: before when nothing is known of it, and where it came from'),
    facts: z.array(
      z.strictObject({
        version: z.int(),
        position: z.int().nullable().describe('within the whole store'),
        type: text,
        what: text.describe('what happened, in a sentence'),
        logged: loggedPastSchema.optional().describe('what a log beside an imported table says; evidence, and no fact'),
        occurredAt: text.describe('when it happened in the business'),
        recordedAt: text.describe('when we learned of it'),
        actor: text.nullable().describe('who, as they say of themselves: a claim'),
        reason: text.nullable().describe('why, in their words'),
        eventId: text,
        schemaVersion: z.int(),
        correlationId: text.nullable(),
        causationId: text.nullable(),
        commandId: text.nullable(),
        origin: z.strictObject({ source: text, lines: text }).nullable(),
        data: z.record(z.string(), z.unknown()).nullable(),
        hash: text,
        previousHash: text,
        hashHolds: z.boolean().nullable().describe('whether the content comes to its hash; null: we cannot tell'),
      }),
    ),
    attempts: z.array(
      z.strictObject({
        commandId: text,
        command: text,
        refusal: text,
        attemptedAt: text,
        orderVersion: z.int(),
        actor: text.nullable(),
        reason: text.nullable(),
        correlationId: text.nullable(),
        currency: text.nullable(),
        amount: minor,
        allowed: minor,
        existingTotal: minor,
        existingCurrency: text.nullable().describe('of `existingTotal`: what was attempted may be in another'),
        sameContent: z.boolean().nullable(),
        used: z
          .strictObject({ id: text, amount: z.int().describe('in minor units of the currency') })
          .nullable()
          .describe('of a payment’s or refund’s ID that was used again: whose it is, and for how much'),
      }),
    ),
    findings: z.array(finding),
    nextCursor,
  })
  .meta({
    id: 'Timeline',
    example: {
      orderId: '8471',
      facts: [
        {
          ...{ version: 2, position: 1_204, type: 'DiscountApplied' },
          what: 'discount SAVE10 of £10.00, now £79.99',
          ...{ occurredAt: '2026-11-24T14:02:00.000000Z', recordedAt: '2026-11-24T14:02:00.123456Z' },
          ...{ actor: 'agent-17', reason: 'SAVE10 was honoured after a call', schemaVersion: 1 },
          ...{ eventId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f', commandId: 'cmd-3' },
          ...{ correlationId: 'call-221', causationId: null, origin: null },
          data: { code: 'SAVE10', amount: 1_000, total: 7_999, currency: 'GBP' },
          ...{ hash: '9f2c…', previousHash: '41aa…', hashHolds: true },
        },
      ],
      attempts: [],
      findings: [exampleFinding],
      nextCursor: null,
    },
  });

const findingsAnswer = z
  .strictObject({ findings: z.array(finding), nextCursor })
  .meta({ id: 'Findings', example: { findings: [exampleFinding], nextCursor: null } });

const count = z.int().min(0);
const integrityAnswer = z
  .strictObject({
    facts: count.describe('facts that were seen, every content of each'),
    withoutPosition: count.describe('facts whose message did not say its position'),
    highestPosition: count,
    contiguousTo: count.describe('every position from 1 up to here was seen'),
    missing: z.array(z.strictObject({ from: count, to: count })).describe('positions not seen, the first 100 ranges'),
    missingCount: count.describe('positions not seen, in all'),
    claimedTwice: z.array(count).describe('positions that two different facts claim, the first 100'),
    chains: z.strictObject({ checked: count.describe('orders'), broken: count }),
    findings: z.strictObject({
      open: count,
      resolved: count,
      byKind: z.record(z.string(), count).describe('open ones'),
    }),
  })
  .meta({
    id: 'Integrity',
    example: {
      ...{ facts: 61_204, withoutPosition: 0, highestPosition: 61_204, contiguousTo: 61_204 },
      ...{ missing: [], missingCount: 0, claimedTwice: [], chains: { checked: 28_817, broken: 0 } },
      findings: { open: 1, resolved: 0, byKind: { 'duplicate-order': 1 } },
    },
  });

/** Where the answers are read: the projection's tables, through a pool of its own. */
export class AuditDatabase {
  constructor(readonly pool: Pool) {}

  /** Which generation answers; a switch is seen at once. */
  async generation(): Promise<number> {
    const { rows } = await this.pool.query<{ live_generation: number }>('select live_generation from audit.projection');
    return rows[0]?.live_generation ?? 1;
  }
}

@ApiTags('audit')
@Controller('audit')
export class AuditController {
  constructor(private readonly database: AuditDatabase) {}

  @Get('orders/:orderId')
  @ApiOperation({
    summary: 'Everything that happened to an order',
    description:
      'Each fact: who, when (both times), why, what; the attempts that were refused (the last 1,000), and what is wrong ' +
      'with it (the first 1,000). A page of facts, by version; attempts and findings come with every page.',
  })
  @ApiResponse({ status: 200, standardSchema: timeline, description: 'Its timeline.' })
  @ApiProblems([400, 404], { 404: 'The audit has heard nothing of it.' })
  async timeline(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: timelineQuery }) asked: z.output<typeof timelineQuery>,
  ): Promise<z.output<typeof timeline>> {
    const { pool } = this.database;
    const generation = await this.database.generation();
    const fromVersion = asked.cursor === undefined ? 0 : Math.min(Number(asked.cursor), 2_147_483_647);
    const [facts, [first], attempts, found] = await Promise.all([
      factsOfOrder(pool, generation, id, { fromVersion, limit: asked.limit + 1 }),
      factsOfOrder(pool, generation, id, { fromVersion: 0, limit: 1 }),
      attemptsOfOrder(pool, generation, id),
      findings(pool, generation, { orderId: id }, { limit: 1_000 }),
    ]);
    if (facts.length === 0 && attempts.length === 0 && found.length === 0) {
      throw new Problem({
        code: 'order-not-found',
        status: 404,
        title: 'There is no such order.',
        detail: 'The audit has heard nothing of it: no fact, and no attempt.',
      });
    }
    // A version with several contents is never cut in two: the next page begins at the first version that is not here.
    const next = facts[asked.limit]?.version;
    const whole = next === undefined ? facts : facts.filter(({ version }) => version < next);
    const shown = whole.length > 0 ? whole : facts;
    return {
      orderId: id,
      ...(first?.type === 'OrderImported' && { historyBefore: historyBefore(first) }),
      facts: shown.map((fact) => ({ ...fact, what: whatHappened(fact), ...whatWasLogged(fact) })),
      attempts,
      findings: found.map(inWords),
      nextCursor: next === undefined || whole.length === 0 ? null : String(next),
    };
  }

  @Get('findings')
  @ApiOperation({
    summary: 'What is wrong, in the order in which it was found, or the newest first',
    description: Object.entries(kinds)
      .map(([name, says]) => `- \`${name}\`: ${says}`)
      .join('\n'),
  })
  @ApiResponse({ status: 200, standardSchema: findingsAnswer, description: 'A page of findings.' })
  @ApiProblems([400])
  async findings(
    @Query({ schema: findingsQuery }) asked: z.output<typeof findingsQuery>,
  ): Promise<z.output<typeof findingsAnswer>> {
    const filter = {
      ...(asked.kind !== undefined && { kind: asked.kind }),
      ...(asked.orderId !== undefined && { orderId: asked.orderId }),
      ...(asked.open !== undefined && { open: asked.open === 'true' }),
    };
    const page = {
      limit: asked.limit + 1,
      newestFirst: asked.sort === 'newest',
      ...(asked.cursor !== undefined && { after: Number(asked.cursor) }),
    };
    const found = await findings(this.database.pool, await this.database.generation(), filter, page);
    const shown = found.slice(0, asked.limit);
    return {
      findings: shown.map(inWords),
      nextCursor: found.length > asked.limit ? String(shown.at(-1)?.number) : null,
    };
  }

  @Get('integrity')
  @ApiOperation({
    summary: 'Whether anything is missing',
    description: 'Positions are dense over the whole store, so a reader of all partitions can prove what it has seen.',
  })
  @ApiResponse({ status: 200, standardSchema: integrityAnswer, description: 'What the audit has seen and checked.' })
  async integrity(): Promise<z.output<typeof integrityAnswer>> {
    return integrity(this.database.pool, await this.database.generation());
  }
}

const historyBefore = ({ occurredAt, origin }: KeptFact) => ({
  known: false as const,
  before: occurredAt,
  origin: origin === null ? 'not said' : `${origin.source}, lines ${origin.lines}`,
});

const inWords = ({ claims, ...found }: Finding): z.output<typeof finding> => {
  const known = found.kind as keyof typeof kinds;
  const said = claims?.map(({ claim, currency }) => `${claim.origin}: ${claimText(claim, currency)}`);
  return { ...found, kind: known, says: kinds[known], ...(said && { claims: said }) };
};
