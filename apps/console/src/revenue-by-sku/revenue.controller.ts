import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { linkTo } from '../page/link-to.js';
import { sendPage } from '../page/page.js';
import { Services } from '../services/services.js';
import { revenue, revenueEntries } from '../services/shapes.js';
import { askedRevenue, askedSku, filtersOf, type AskedRevenue, type AskedSku } from './asked.js';
import { revenuePage } from './revenue.page.js';
import { skuPage } from './sku.page.js';

@ApiExcludeController()
@Controller('revenue')
export class RevenueController {
  constructor(private readonly services: Services) {}

  @Get()
  async bySku(@Query({ schema: askedRevenue }) asked: AskedRevenue, @Res() reply: FastifyReply): Promise<void> {
    const ask = (groupBy: string) =>
      this.services.revenue.ask(linkTo('/revenue', { groupBy, ...filtersOf(asked), limit: 100_000 }), revenue);
    const [totals, days, rows] = await Promise.all([ask('currency'), ask('day,currency'), ask('sku,currency')]);
    const body = revenuePage(asked, { totals, days, rows });
    sendPage(reply, { at: 'revenue', title: 'Revenue by SKU', body, refreshMs: 5_000 });
  }

  @Get('sku')
  async ofSku(@Query({ schema: askedSku }) asked: AskedSku, @Res() reply: FastifyReply): Promise<void> {
    const { sku, cursor } = asked;
    const filters = { sku, ...filtersOf(asked) };
    const ask = (groupBy: string) =>
      this.services.revenue.ask(linkTo('/revenue', { groupBy, ...filters, limit: 100_000 }), revenue);
    const [totals, days, entries] = await Promise.all([
      ask('currency'),
      ask('day,currency'),
      this.services.revenue.ask(linkTo('/revenue/entries', { ...filters, limit: 100, cursor }), revenueEntries),
    ]);
    sendPage(reply, { at: 'revenue', title: `Revenue of ${sku}`, body: skuPage(asked, { totals, days, entries }) });
  }
}
