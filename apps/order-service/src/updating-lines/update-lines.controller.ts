import { Body, Controller, Param, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { lines, orderId, reason, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const updateLines = z.strictObject({ ...told, lines, reason }).meta({
  id: 'UpdateLines',
  example: { lines: [{ sku: '85048', quantity: 2, unitPrice: 8999 }], reason: 'customer wants two' },
});

@Controller('orders/:orderId/lines')
export class UpdateLinesController {
  constructor(private readonly orders: Orders) {}

  @Put()
  @Command('Replace the lines; the discounts stay, and lines that are there already make no fact', {
    made: 200,
    tag: 'orders',
  })
  async updateLines(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: updateLines }) body: z.output<typeof updateLines>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'UpdateLines', ...command },
        { ...asked, body, occurredAt, reason: why, made: 200 },
      ),
    );
  }
}
