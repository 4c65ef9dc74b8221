import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import { dossierDocument, dossierSignature, sealPage } from '@orderlog/order-contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { who, type Who } from '../customers/customers.js';
import { Problems } from '../orders/accepted.js';
import { orderId } from '../orders/inputs.js';
import { serviceProblem } from '../refusals/refusals.js';
import { formats, preferredOf, type DossierFormat } from './asked-format.js';
import { moment } from './dossier-page.js';
import { Dossiers } from './dossiers.js';
import { htmlDossier } from './html-dossier.js';

const asked = z.strictObject({
  format: z.enum(['json', 'html', 'pdf']).optional().describe('instead of the Accept header'),
  customer: z
    .literal('include')
    .optional()
    .describe('also who the customer is, where that is known; not signed, and not in a PDF'),
});

const answer = z
  .strictObject({
    dossier: dossierDocument,
    signature: dossierSignature,
    customer: who
      .optional()
      .describe('only where it was asked for; not signed, so that all else holds once they are forgotten'),
  })
  .meta({ id: 'DossierAnswer' });

@ApiTags('reading')
@Controller('orders/:orderId/dossier')
export class DossierController {
  constructor(private readonly dossiers: Dossiers) {}

  @Get()
  @ApiOperation({
    summary: 'What settles a dispute about an order: everything that happened, with proofs, signed',
    description:
      'As JSON, a page that prints well, or PDF, by Accept or `format`. Each can be checked offline by ' +
      '`orderlog dossier verify`; the key is at `GET /dossier-key`.',
  })
  @ApiProduces(...Object.values(formats))
  @ApiResponse({ status: 200, standardSchema: answer, description: 'The dossier, made and signed now.' })
  @Problems(400, 404, 406, 422, 503)
  async readDossier(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: asked }) { format: named, customer }: z.output<typeof asked>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<unknown> {
    const format = named ?? preferredOf(request.headers.accept, formats);
    if (!format) throw serviceProblem('not-acceptable');
    if (format === 'pdf' && customer) throw serviceProblem('no-person-in-pdf');
    if (format === 'pdf') {
      const paper = await this.dossiers.paperOf(id);
      void reply.headers({ ...neverKept, ...headersOf('pdf', id) });
      return paper;
    }
    const signed = await this.dossiers.make(id);
    const person = customer ? await this.dossiers.personOf(signed) : undefined;
    void reply.headers(neverKept);
    if (format === 'json') return { ...signed, ...(person ? { customer: person } : {}) };
    void reply.headers(headersOf(format, id));
    const page = htmlDossier(signed, customer && inWords(person));
    return sealPage(Buffer.from(page, 'utf8'), 'html', this.dossiers.key);
  }
}

/** A copy that a cache keeps would outlive a person who is forgotten, and be an old answer to a new question. */
const neverKept = { 'cache-control': 'private, no-store', vary: 'Accept' };

const headersOf = (format: Exclude<DossierFormat, 'json'>, id: string): Record<string, string> => ({
  'content-type': format === 'html' ? 'text/html; charset=utf-8' : formats.pdf,
  'content-disposition': `inline; filename="order-${id}-dossier.${format}"`,
  'x-content-type-options': 'nosniff',
  ...(format === 'html' ? { 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'" } : {}),
});

function inWords(person: Who | undefined): string {
  if (!person) return 'nothing is known beside the pseudonym';
  if ('forgotten' in person) {
    return `forgotten${person.at === undefined ? '' : ` on ${moment(person.at)}`}: the key that could open it was destroyed`;
  }
  if ('withheld' in person) return 'withheld: whether they were forgotten cannot be known at the moment';
  return [person.name, person.email, person.address].filter(Boolean).join(', ');
}
