import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import { MAX_MINOR } from '@orderlog/order-domain';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { keptText, orderId, reason, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const resolveHold = z
  .strictObject({
    decision: keptText(500, 'what was decided'),
    total: z
      .int()
      .min(0)
      .max(MAX_MINOR)
      .optional()
      .describe('the total decided on, in minor units; as it is where absent'),
    ...told,
    reason,
  })
  .meta({
    id: 'ResolveHold',
    example: { decision: 'the row of the web shop holds', total: 7999, reason: 'receipt seen' },
  });

@Controller('orders/:orderId/resolution')
export class ResolveHoldController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Decide on an imported order that is on hold', { made: 200, tag: 'orders' })
  async resolveHold(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: resolveHold }) body: z.output<typeof resolveHold>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'ResolveHold', ...command },
        { ...asked, body, occurredAt, reason: why, made: 200 },
      ),
    );
  }
}
