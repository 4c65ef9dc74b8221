import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { identifier, orderId, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const completeRefund = z.strictObject(told).meta({ id: 'CompleteRefund', example: {} });

@Controller('orders/:orderId/refunds/:refundId/completion')
export class CompleteRefundController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Say that a refund has arrived; again is nothing new', { made: 200, tag: 'money' })
  async completeRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Param('refundId', { schema: identifier }) refundId: string,
    @Body({ schema: completeRefund }) body: z.output<typeof completeRefund>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'CompleteRefund', refundId, ...command },
        { ...asked, body, occurredAt, reason: why, made: 200 },
      ),
    );
  }
}
