import { z } from 'zod';

const count = z.int().min(0);
const place = { topic: z.string(), partition: count };

/** `GET /projection`, for an app's OpenAPI; the answer itself is `ProjectionRuntime.status()`. */
export const projectionStatus = z
  .strictObject({
    name: z.string(),
    generation: z.int().describe('of the tables that answer'),
    state: z.enum(['running', 'replaying', 'rebuilding', 'stopped', 'incomplete', 'failed']),
    reason: z.string().nullable().describe('in words, where the state needs some'),
    lag: count.nullable().describe('in messages; null while Kafka is away and was never asked'),
    partitions: z.array(
      z.strictObject({
        ...place,
        offset: count.describe('where the next batch begins'),
        end: count.nullable(),
        lag: count.nullable(),
      }),
    ),
    progress: z
      .strictObject({
        done: count.describe('messages'),
        total: count,
        ratePerSecond: count,
        secondsLeft: count.nullable(),
      })
      .nullable()
      .describe('of what is read again, or of catching up; null: there is nothing left'),
    incomplete: z
      .array(z.strictObject({ ...place, from: count, to: count.describe('the first offset after the hole') }))
      .describe('what was never read: a reset forward passed over it'),
    waitingFor: z
      .array(z.strictObject({ what: z.string(), since: z.string(), error: z.string() }))
      .describe('parts that are away; nothing is lost by waiting'),
    parked: z.strictObject({ orders: count, limit: count.describe('with so many it pauses') }),
    unknownTypes: z
      .array(z.strictObject({ type: z.string(), ...place, firstOffset: count }))
      .describe('types of events that this version passed over: after an upgrade, read again from there'),
  })
  .meta({
    id: 'Projection',
    example: {
      name: 'revenue-projection',
      generation: 1,
      state: 'replaying',
      reason: null,
      lag: 12_400,
      partitions: [{ topic: 'orders.events.v1', partition: 0, offset: 2_000, end: 14_400, lag: 12_400 }],
      progress: { done: 2_000, total: 14_400, ratePerSecond: 6_200, secondsLeft: 2 },
      incomplete: [],
      waitingFor: [],
      parked: { orders: 0, limit: 100 },
      unknownTypes: [],
    },
  });

/** `GET /projection/parked`. */
export const parkedOrders = z
  .strictObject({
    orders: z.array(
      z.strictObject({
        orderId: z.string(),
        ...place,
        firstOffset: count.describe('of the first message that waits'),
        error: z.string(),
        parkedAt: z.string(),
        messages: count.describe('that wait'),
      }),
    ),
  })
  .meta({
    id: 'ParkedOrders',
    example: {
      orders: [
        {
          ...{ orderId: '8471', topic: 'orders.events.v1', partition: 3, firstOffset: 1_207 },
          error: 'UnknownSchema: the registry knows no schema with id 99',
          parkedAt: '2026-11-24T14:02:00.123456Z',
          messages: 2,
        },
      ],
    },
  });

/** `POST /projection/parked/:orderId/retry`, where all went through. */
export const releasedOrder = z
  .strictObject({ orderId: z.string(), released: count.describe('messages that were let through') })
  .meta({ id: 'ReleasedOrder', example: { orderId: '8471', released: 2 } });
