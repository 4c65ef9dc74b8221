import { Body, Controller, Post, Res } from '@nestjs/common';
import { newId } from '@orderlog/event-store';
import { Customers } from '../customers/customers.js';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { channel, currency, customerId, lines, orderId, pastInstant, reason, text } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';

const customer = z
  .strictObject({
    name: text(200, 'a name').optional(),
    email: text(320, 'an e-mail address').optional(),
    address: text(1_000, 'an address').optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'says nothing')
  .describe('who the customer is: name, email, address. Encrypted under the customer’s own key before it is kept')
  .meta({ id: 'Customer' });

const placeOrder = z
  .strictObject({
    orderId: orderId.optional(),
    customerId,
    customer: customer.optional(),
    // No default here: the same request sent again to a later release must still be the same request.
    channel: channel.optional(),
    currency,
    lines,
    occurredAt: pastInstant
      .refine((instant) => instant >= 0, 'is before 1970')
      .describe('a time from 1970 on that has passed, with its zone, as 2026-11-24T14:02:00.123456Z')
      .optional(),
    reason: reason.optional(),
  })
  .meta({
    id: 'PlaceOrder',
    example: {
      orderId: '8471',
      customerId: 'c-1042',
      customer: { name: 'Ada Lovelace', email: 'ada@example.org', address: '12 St James’s Square, London' },
      currency: 'GBP',
      lines: [{ sku: '85048', quantity: 1, unitPrice: 8999 }],
    },
  });

@Controller('orders')
export class PlaceOrderController {
  constructor(
    private readonly orders: Orders,
    private readonly customers: Customers,
  ) {}

  @Post()
  @Command('Place an order', { made: 201, tag: 'orders' })
  async placeOrder(
    @Body({ schema: placeOrder }) body: z.output<typeof placeOrder>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { orderId: given, customer: person, occurredAt, reason: why, ...order } = body;
    const id = given ?? newId();
    const sealed = person && { customer: await this.customers.seal(order.customerId, id, person) };
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'PlaceOrder', ...order, ...sealed },
        { ...asked, body, occurredAt, reason: why, made: 201 },
      ),
    );
  }
}
