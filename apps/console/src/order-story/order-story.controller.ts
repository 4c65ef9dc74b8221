import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { wholeNumber } from '@orderlog/service-kit';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { auditedOrder } from '../findings/shapes.js';
import { given } from '../page/given.js';
import { sendPage } from '../page/page.js';
import { Services } from '../services/services.js';
import { orderHistory, orderState } from '../services/shapes.js';
import { missingOrderPage, orderStoryPage } from './order-story.page.js';

const orderId = z.string().min(1).max(200);
const asked = z.strictObject({
  version: given(wholeNumber('a version', 1)),
  after: wholeNumber('the version to go on after', 0).default(0),
});

@ApiExcludeController()
@Controller('orders/:orderId')
export class OrderStoryController {
  constructor(private readonly services: Services) {}

  @Get()
  async show(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: asked }) { version, after }: z.output<typeof asked>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { orders, audit } = this.services;
    const at = `/orders/${encodeURIComponent(id)}`;
    const [state, facts, audited, before] = await Promise.all([
      orders.ask(`${at}${version === undefined ? '' : `?version=${version}`}`, orderState),
      orders.ask(`${at}/events?afterVersion=${after}&limit=500`, orderHistory),
      audit.ask(`/audit${at}?limit=10000`, auditedOrder),
      after > 0 ? orders.ask(`${at}?version=${after}`, orderState) : undefined,
    ]);
    // Without what stood before, the sums of this page would begin at nothing.
    const history = before && !before.ok && facts.ok ? before : facts;
    if (!history.ok && (history.status === 404 || history.status === 400)) {
      sendPage(
        reply,
        { at: 'orders', title: `No order ${id}`, body: missingOrderPage(id, history.reason) },
        history.status,
      );
      return;
    }
    sendPage(reply, {
      at: 'orders',
      title: `Order ${id}`,
      body: orderStoryPage(id, {
        state,
        history,
        audited,
        version,
        after,
        before: before?.ok ? before.value : undefined,
      }),
      refreshMs: 2_000,
    });
  }
}
