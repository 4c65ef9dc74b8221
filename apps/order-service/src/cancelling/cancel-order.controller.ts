import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { orderId, reason, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const cancelOrder = z
  .strictObject({ ...told, reason })
  .meta({ id: 'CancelOrder', example: { reason: 'customer changed their mind' } });

@Controller('orders/:orderId/cancellation')
export class CancelOrderController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Cancel an order; what was captured is refunded first', { made: 200, tag: 'orders' })
  async cancelOrder(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: cancelOrder }) body: z.output<typeof cancelOrder>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'CancelOrder', ...command },
        { ...asked, body, occurredAt, reason: why, made: 200 },
      ),
    );
  }
}
