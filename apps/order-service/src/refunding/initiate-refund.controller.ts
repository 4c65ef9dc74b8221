import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { amount, identifier, orderId, reason, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const refundLine = z
  .strictObject({
    line: z.int().min(0).describe('the number of a line of the order'),
    quantity: z.int().min(0).describe('units that come back, at least 0'),
    amount: z.int().min(0).optional().describe('what is given back for them, in minor units'),
  })
  .meta({ id: 'RefundLine' });

const initiateRefund = z
  .strictObject({
    refundId: identifier,
    amount,
    ...told,
    reason,
    lines: z
      .array(refundLine)
      .max(1_000)
      .optional()
      .describe('lines that add up to the amount; none: it is spread over what is captured and not refunded'),
  })
  .meta({
    id: 'InitiateRefund',
    example: { refundId: 'r-1', amount: 2000, reason: 'arrived damaged' },
  });

@Controller('orders/:orderId/refunds')
export class InitiateRefundController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Initiate a refund', { made: 201, again: 'The refund was initiated before: nothing new.', tag: 'money' })
  async initiateRefund(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: initiateRefund }) body: z.output<typeof initiateRefund>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'InitiateRefund', ...command, reason: why },
        { ...asked, body, occurredAt, reason: why, made: 201 },
      ),
    );
  }
}
