import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { html } from '../page/html.js';
import { linkTo } from '../page/link-to.js';
import { sendPage } from '../page/page.js';
import { unansweredBox } from '../page/unanswered.js';
import { Services } from '../services/services.js';

const orderId = z.string().min(1).max(200);
const asked = z.strictObject({ format: z.enum(['html', 'pdf', 'json']).default('html') });
/** A long order's PDF takes a while. */
const limitMs = 60_000;

/** The signed dossier of an order, as order-service makes it. Never with the customer's name: nobody signs in here. */
@ApiExcludeController()
@Controller('orders/:orderId/dossier')
export class DossierController {
  constructor(private readonly services: Services) {}

  @Get()
  async read(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: asked }) { format }: z.output<typeof asked>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const path = linkTo(`/orders/${encodeURIComponent(id)}/dossier`, { format });
    const answer = await this.services.orders.askFile(path, limitMs);
    if (answer.ok) {
      void reply.headers({ ...answer.value.headers, 'cache-control': 'no-store' }).send(answer.value.bytes);
      return;
    }
    const body = html`<h1>Dossier of order <span class="id">${id}</span></h1>
      ${unansweredBox(answer, 'The dossier')}`;
    sendPage(reply, { at: 'orders', title: `Dossier of order ${id}`, body }, answer.status ?? 503);
  }
}
