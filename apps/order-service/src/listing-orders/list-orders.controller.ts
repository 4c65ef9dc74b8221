import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { EventStore } from '@orderlog/event-store';
import { pageLimit } from '@orderlog/service-kit';
import { z } from 'zod';
import { Problems } from '../orders/accepted.js';
import { customerId as customerIdInput } from '../orders/inputs.js';
import { orderView, viewOf } from '../orders/order-view.js';
import { Orders } from '../orders/orders.js';
import { ReadPool } from '../orders/read-pool.js';
import { readCursor, writeCursor } from './cursor.js';
import { streamsOfCustomer } from './streams-of-customer.sql.js';

const most = 200;
const standard = 50;

const query = z.strictObject({
  customerId: customerIdInput.optional().describe('a customer’s pseudonym, for the orders of theirs alone'),
  limit: pageLimit(most, standard),
  cursor: z.string().min(1).max(500).optional().describe('the nextCursor of the page before'),
});

const summary = orderView
  .pick({
    orderId: true,
    version: true,
    status: true,
    customerId: true,
    currency: true,
    total: true,
    captured: true,
    refunded: true,
    owed: true,
    placedAt: true,
    updatedAt: true,
  })
  .meta({ id: 'OrderSummary' });

const orderPage = z
  .strictObject({
    orders: z.array(summary),
    nextCursor: z.string().nullable().describe('for the next page; null: this is the last'),
    possible: z
      .strictObject({
        filters: z.array(z.string()),
        sortedBy: z.string(),
        limit: z.strictObject({ default: z.int(), most: z.int() }),
      })
      .describe('what can be asked for here'),
  })
  .meta({ id: 'OrderPage' });

const summaryKeys = Object.keys(summary.shape) as (keyof z.output<typeof summary>)[];
const possible = {
  filters: ['customerId'],
  sortedBy: 'when we learned of the order, newest first',
  limit: { default: standard, most },
};

@ApiTags('reading')
@Controller('orders')
export class ListOrdersController {
  constructor(
    private readonly store: EventStore,
    private readonly orders: Orders,
    private readonly pool: ReadPool,
  ) {}

  @Get()
  @ApiOperation({ summary: 'A page of orders, newest first' })
  @ApiResponse({ status: 200, standardSchema: orderPage, description: 'Each as it stands now.' })
  @Problems(400, 503)
  async listOrders(@Query({ schema: query }) asked: z.output<typeof query>): Promise<z.output<typeof orderPage>> {
    const { customerId = null, limit, cursor } = asked;
    const beforePosition =
      cursor === undefined ? Number.MAX_SAFE_INTEGER : readCursor(cursor, customerId).beforePosition;
    const streams =
      customerId === null
        ? await this.store.listStreams({ beforePosition, limit: limit + 1, direction: 'backward' })
        : await streamsOfCustomer(this.pool, { customerId, beforePosition, limit: limit + 1 });
    const shown = streams.slice(0, limit);
    const last = shown.at(-1);
    return {
      orders: await Promise.all(shown.map(({ stream }) => this.#summaryOf(stream))),
      nextCursor: streams.length > limit && last ? writeCursor({ beforePosition: last.position, customerId }) : null,
      possible,
    };
  }

  async #summaryOf(orderId: string): Promise<z.output<typeof summary>> {
    const view = viewOf(orderId, await this.orders.latest(orderId));
    return Object.fromEntries(summaryKeys.map((key) => [key, view[key]])) as z.output<typeof summary>;
  }
}
