import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { keyIdOf, publicPemOf } from '@orderlog/order-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Problems } from '../orders/accepted.js';
import { preferredOf } from './asked-format.js';
import { Dossiers } from './dossiers.js';

const keyFormats = { pem: 'application/x-pem-file', json: 'application/json' } as const;
const asked = z.strictObject({ format: z.enum(['pem', 'json']).optional().describe('instead of the Accept header') });

const publicKey = z
  .strictObject({ algorithm: z.literal('Ed25519'), keyId: z.string(), publicKey: z.string().describe('PEM') })
  .meta({ id: 'DossierKey' });

@ApiTags('reading')
@Controller('dossier-key')
export class DossierKeyController {
  constructor(private readonly dossiers: Dossiers) {}

  @Get()
  @ApiOperation({
    summary: 'The public key that dossiers are checked with',
    description: 'PEM, or JSON where that is asked for. Keep a copy: a dossier is worth as much as the way it came by.',
  })
  @ApiProduces(...Object.values(keyFormats))
  @ApiResponse({ status: 200, standardSchema: publicKey, description: 'The key in use now.' })
  @Problems(400)
  readKey(
    @Query({ schema: asked }) { format }: z.output<typeof asked>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): z.output<typeof publicKey> | string {
    const { key } = this.dossiers;
    const pem = publicPemOf(key);
    void reply.header('vary', 'Accept');
    // A PEM is text: whoever wishes for nothing that there is can read it all the same.
    if ((format ?? preferredOf(request.headers.accept, keyFormats)) === 'json') {
      return { algorithm: 'Ed25519', keyId: keyIdOf(key), publicKey: pem };
    }
    void reply.header('content-type', 'application/x-pem-file');
    return pem;
  }
}
