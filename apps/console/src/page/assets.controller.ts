import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Problem } from '@orderlog/service-kit';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { findAsset } from './assets.js';

const name = z.string().max(40);
const version = z.strictObject({ v: z.string().max(20).optional() });

@ApiExcludeController()
@Controller('assets')
export class AssetsController {
  @Get(':name')
  read(
    @Param('name', { schema: name }) asked: string,
    @Query({ schema: version }) { v }: z.output<typeof version>,
    @Res() reply: FastifyReply,
  ): void {
    const asset = findAsset(asked);
    if (!asset) throw new Problem({ code: 'not-found', status: 404, title: 'There is no such file.' });
    void reply
      .header('content-type', asset.type)
      .header('cache-control', v === asset.tag ? 'public, max-age=31536000, immutable' : 'no-cache')
      .header('x-content-type-options', 'nosniff')
      .send(asset.bytes);
  }
}
