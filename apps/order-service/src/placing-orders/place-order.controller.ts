import { Body, Controller, Post, Res } from '@nestjs/common';
import { newId } from '@orderlog/event-store';
import { Customers } from '../customers/customers.js';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { currency, identifier, lines, orderId, pastInstant, reason, text } from '../orders/inputs.js';
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
    customerId: identifier.describe('a pseudonym of the customer: 1 to 64 of A–Z a–z 0–9 . _ : ~ -'),
    customer: customer.optional(),
    currency,
    lines,
    occurredAt: pastInstant.optional(),
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
    const {
      orderId: given,
      customerId,
      customer: person,
      currency: unit,
      lines: wanted,
      occurredAt,
      reason: why,
    } = body;
    const id = given ?? newId();
    const sealed = person && (await this.customers.seal(customerId, id, person));
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'PlaceOrder', customerId, ...(sealed ? { customer: sealed } : {}), currency: unit, lines: wanted },
        { ...asked, body, occurredAt, reason: why, made: 201 },
      ),
    );
  }
}
