import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { amount, keptText, orderId, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const applyDiscount = z
  .strictObject({ code: keptText(64, 'the discount’s code'), amount, ...told })
  .meta({ id: 'ApplyDiscount', example: { code: 'SAVE10', amount: 1000 } });

@Controller('orders/:orderId/discounts')
export class ApplyDiscountController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Apply a discount', { made: 201, tag: 'orders' })
  async applyDiscount(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: applyDiscount }) body: z.output<typeof applyDiscount>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'ApplyDiscount', ...command },
        { ...asked, body, occurredAt, reason: why, made: 201 },
      ),
    );
  }
}
