import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EventStore, type StoredEvent } from '@orderlog/event-store';
import { formatInstant } from '@orderlog/instant';
import {
  after,
  commandOf,
  fromStored,
  historyBeforeOf,
  historyBeforeSchema,
  loggedPastOf,
  loggedPastSchema,
  noState,
  type OrderState,
} from '@orderlog/order-contract';
import { differenceOf } from '@orderlog/order-domain';
import { pageLimit, wholeNumber } from '@orderlog/service-kit';
import { z } from 'zod';
import { Problems } from '../orders/accepted.js';
import { orderId } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';

const page = z.strictObject({
  afterVersion: wholeNumber('the version to go on after', 0).default(0),
  limit: pageLimit(1_000, 1_000),
});

const factView = z
  .strictObject({
    version: z.int(),
    position: z.int().describe('its place among all facts of the store'),
    eventId: z.string(),
    type: z.string(),
    schemaVersion: z.int(),
    occurredAt: z.string().describe('when it happened'),
    recordedAt: z.string().describe('when we learned of it'),
    recordedLate: z.boolean().describe('whether a later fact was known before it'),
    actor: z
      .strictObject({ name: z.string(), claimed: z.literal(true) })
      .nullable()
      .describe('who; a claim'),
    reason: z.string().nullable().describe('why'),
    command: z
      .strictObject({ type: z.string().nullable(), id: z.string().nullable() })
      .describe('what was told; no type: it was imported'),
    correlationId: z.string().nullable(),
    causationId: z.string().nullable(),
    origin: z.strictObject({ source: z.string(), lines: z.string() }).nullable().describe('where an import found it'),
    difference: z
      .array(
        z.strictObject({
          what: z.string(),
          before: z.string().nullable(),
          after: z.string().nullable(),
          text: z.string(),
        }),
      )
      .describe('what it changed, money as a person writes it'),
    logged: loggedPastSchema
      .optional()
      .describe('of an import: what a log beside the table says; evidence, and no fact'),
    data: z.record(z.string(), z.unknown()),
    previousHash: z.string(),
    hash: z.string().describe('sha256(previousHash ‖ canonical bytes), hexadecimal'),
  })
  .meta({ id: 'Fact' });

const history = z
  .strictObject({
    orderId: z.string(),
    version: z.int().describe('of the order, now'),
    historyBefore: historyBeforeSchema.optional().describe('of an imported order: before when nothing is known of it'),
    facts: z.array(factView),
    nextAfterVersion: z.int().nullable().describe('for the next page; null: this is the last'),
  })
  .meta({
    id: 'OrderHistory',
    example: {
      orderId: '8471',
      version: 2,
      nextAfterVersion: null,
      facts: [
        {
          version: 2,
          position: 5120,
          eventId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f',
          type: 'DiscountApplied',
          schemaVersion: 1,
          occurredAt: '2026-11-24T14:02:00.000000Z',
          recordedAt: '2026-11-24T14:02:00.000412Z',
          recordedLate: false,
          actor: { name: 'agent 17', claimed: true },
          reason: 'customer called',
          command: { type: 'ApplyDiscount', id: '0192f0c1-7d0e-7cc3-98c4-dc0c0c073990' },
          correlationId: 'c-77',
          causationId: null,
          origin: null,
          difference: [
            { what: 'discount SAVE10', before: null, after: '10.00 GBP', text: 'discount SAVE10: 10.00 GBP' },
            { what: 'total', before: '89.99 GBP', after: '79.99 GBP', text: 'total 89.99 → 79.99 GBP' },
          ],
          data: { currency: 'GBP', code: 'SAVE10', amount: 1000, total: 7999 },
          previousHash: '9f86d081…',
          hash: '60303ae2…',
        },
      ],
    },
  });

@ApiTags('reading')
@Controller('orders/:orderId/events')
export class OrderHistoryController {
  constructor(
    private readonly store: EventStore,
    private readonly orders: Orders,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What happened to an order: each fact with who, when, why, and what it changed' })
  @ApiResponse({ status: 200, standardSchema: history, description: 'Oldest first.' })
  @Problems(400, 404, 503)
  async readHistory(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: page }) asked: z.output<typeof page>,
  ): Promise<z.output<typeof history>> {
    const { afterVersion, limit } = asked;
    const before = afterVersion === 0 ? noState : await this.orders.atVersion(id, afterVersion);
    const events = before ? await this.store.read(id, { fromVersion: afterVersion + 1, limit: limit + 1 }) : [];
    const shown = events.slice(0, limit);
    const last = shown.at(-1);
    const version = events.length > limit || !last ? (await this.orders.latest(id)).version : last.version;
    if (version === 0) throw serviceProblem('order-not-found');
    if (!before) throw serviceProblem('not-yet-there', { members: { currentVersion: version } });
    const { facts, state } = factsOf(before, shown);
    const { imported } = state.order;
    return {
      orderId: id,
      version,
      ...(imported && { historyBefore: historyBeforeOf(imported, state.placedAt) }),
      facts,
      nextAfterVersion: events.length > limit && last ? last.version : null,
    };
  }
}

function factsOf(before: OrderState, events: StoredEvent[]): { facts: z.output<typeof factView>[]; state: OrderState } {
  let state = before;
  const facts = events.map((event) => {
    const next = after(state, event);
    const fact = fromStored(event);
    const logged = loggedPastOf(fact);
    const difference = differenceOf(state.order, next.order);
    const recordedLate = state.version > 0 && event.occurredAt < state.latestOccurredAt;
    state = next;
    const { metadata } = event;
    return {
      version: event.version,
      position: event.position,
      eventId: event.eventId,
      type: event.type,
      schemaVersion: event.schemaVersion,
      occurredAt: formatInstant(event.occurredAt),
      recordedAt: formatInstant(event.recordedAt),
      recordedLate,
      actor: metadata.actor === undefined ? null : { name: metadata.actor, claimed: true as const },
      reason: metadata.reason ?? null,
      command: { type: commandOf[fact.type], id: metadata.commandId ?? null },
      correlationId: metadata.correlationId ?? null,
      causationId: metadata.causationId ?? null,
      origin: metadata.origin ?? null,
      difference,
      ...(logged && { logged }),
      data: event.data,
      previousHash: event.previousHash.toString('hex'),
      hash: event.hash.toString('hex'),
    };
  });
  return { facts, state };
}
