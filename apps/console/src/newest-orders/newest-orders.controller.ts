import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { linkTo } from '../page/link-to.js';
import { orderLink } from '../page/order-words.js';
import { sendPage } from '../page/page.js';
import { Services } from '../services/services.js';
import { orderPage } from '../services/shapes.js';
import { newestOrdersPage } from './newest-orders.page.js';

const asked = z.strictObject({ cursor: z.string().max(500).optional(), customer: z.string().max(200).optional() });
const find = z.strictObject({ id: z.string().max(200).default('') });

@ApiExcludeController()
@Controller('orders')
export class NewestOrdersController {
  constructor(private readonly services: Services) {}

  @Get()
  async list(
    @Query({ schema: asked }) { cursor, customer }: z.output<typeof asked>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answer = await this.services.orders.ask(
      linkTo('/orders', { limit: 50, cursor, customerId: customer }),
      orderPage,
    );
    const body = newestOrdersPage(answer, { cursor, customer });
    // A page further back does not change under the reader.
    sendPage(reply, { at: 'orders', title: 'Orders', body, ...(cursor ? {} : { refreshMs: 3_000 }) });
  }

  /** Where the field at the top of each page leads. */
  @Get('find')
  find(@Query({ schema: find }) { id }: z.output<typeof find>, @Res() reply: FastifyReply): void {
    const wanted = id.trim().replace(/^#/, '');
    void reply.redirect(wanted === '' ? '/orders' : orderLink(wanted), 303);
  }
}
