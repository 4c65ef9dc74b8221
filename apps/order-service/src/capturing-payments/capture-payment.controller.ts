import { Body, Controller, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { accepted, Command } from '../orders/accepted.js';
import { AskedWith, type Asked } from '../orders/asked.js';
import { amount, identifier, orderId, told } from '../orders/inputs.js';
import { Orders } from '../orders/orders.js';

const capturePayment = z
  .strictObject({ paymentId: identifier, amount, ...told })
  .meta({ id: 'CapturePayment', example: { paymentId: 'p-1', amount: 7999 } });

@Controller('orders/:orderId/payments')
export class CapturePaymentController {
  constructor(private readonly orders: Orders) {}

  @Post()
  @Command('Capture a payment', { made: 201, again: 'The payment was captured before: nothing new.', tag: 'money' })
  async capturePayment(
    @Param('orderId', { schema: orderId }) id: string,
    @Body({ schema: capturePayment }) body: z.output<typeof capturePayment>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const { occurredAt, reason: why, ...command } = body;
    return accepted(
      reply,
      await this.orders.handle(
        id,
        { type: 'CapturePayment', ...command },
        { ...asked, body, occurredAt, reason: why, made: 201 },
      ),
    );
  }
}
