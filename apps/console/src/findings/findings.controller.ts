import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { linkTo } from '../page/link-to.js';
import { sendPage } from '../page/page.js';
import { Services } from '../services/services.js';
import { findingsPage } from './findings.page.js';
import { findingsPage as findingsShape, integrity } from './shapes.js';

const asked = z.strictObject({
  kind: z.string().max(100).optional(),
  sort: z.enum(['newest', 'oldest']).default('newest'),
  cursor: z.string().max(4_096).optional(),
});

@ApiExcludeController()
@Controller('findings')
export class FindingsController {
  constructor(private readonly services: Services) {}

  @Get()
  async show(
    @Query({ schema: asked }) { kind, sort, cursor }: z.output<typeof asked>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { audit } = this.services;
    const [found, whole] = await Promise.all([
      audit.ask(linkTo('/audit/findings', { limit: 100, kind, sort, cursor }), findingsShape),
      audit.ask('/audit/integrity', integrity),
    ]);
    sendPage(reply, {
      at: 'findings',
      title: 'Findings',
      body: findingsPage(found, whole, { kind, sort, cursor }),
      refreshMs: 3_000,
    });
  }
}
