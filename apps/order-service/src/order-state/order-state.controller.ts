import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { formatInstant } from '@orderlog/instant';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { wholeNumber } from '@orderlog/service-kit';
import { z } from 'zod';
import { Customers, who } from '../customers/customers.js';
import { answerHeaders, Problems } from '../orders/accepted.js';
import { orderId, pastInstant } from '../orders/inputs.js';
import { example8471, orderView, viewOf } from '../orders/order-view.js';
import { hasKeptCopy } from './kept-copy.js';
import { OrderStates } from './order-states.js';

const moment = z
  .strictObject({
    version: wholeNumber('a version, alone', 1).optional(),
    at: pastInstant.optional().describe(`${pastInstant.description}: what we knew then; may stand beside asOf`),
    asOf: pastInstant.optional().describe(`${pastInstant.description}: what was true then`),
  })
  .refine(({ version, at, asOf }) => version === undefined || (at === undefined && asOf === undefined), {
    path: ['version'],
    message: 'stands alone: leave out at and asOf',
  });

const stateView = orderView
  .extend({
    customer: who
      .optional()
      .describe(
        'who the customer is; `forgotten` once their key was destroyed, and when; `withheld` while it is not known ' +
          'whether facts are missing here that say so, and where a restore has lost their key',
      ),
    at: z.string().optional(),
    asOf: z.string().optional(),
    notApplicable: z
      .array(z.strictObject({ version: z.int(), type: z.string(), occurredAt: z.string() }))
      .optional()
      .describe('with asOf: facts that had happened by then and make no sense there, left out'),
  })
  .meta({ id: 'OrderState', example: { ...example8471, customer: { name: 'Ada Lovelace' } } });

@ApiTags('reading')
@Controller('orders/:orderId')
export class OrderStateController {
  constructor(
    private readonly states: OrderStates,
    private readonly customers: Customers,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'An order, now or at any instant',
    description:
      '`at` is what we knew then and never changes; `asOf` is what was true then, as we know today. ETag is the ' +
      'version; with `asOf`, where not all known facts are in the state, `"2-of-5"`. With If-None-Match, 304 where nothing is new, ' +
      'unless the answer says who the customer is: no copy of that is kept.',
  })
  @ApiResponse({ status: 200, standardSchema: stateView, description: 'The state then.', headers: answerHeaders })
  @ApiHeader({ name: 'If-None-Match', required: false, description: 'ETags of copies that the caller has.' })
  @ApiResponse({ status: 304, description: 'The caller has it.', headers: answerHeaders })
  @Problems(400, 404, 503)
  async readOrder(
    @Param('orderId', { schema: orderId }) id: string,
    @Query({ schema: moment }) asked: z.output<typeof moment>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.output<typeof stateView> | undefined> {
    const { version, at, asOf } = asked;
    const { state, known, whole, notApplicable } = await this.states.find(
      id,
      version === undefined ? { at, asOf } : { version },
    );
    const customer = await this.customers.whoIs(id, state.order);
    // A copy that a cache keeps would outlive a person who is forgotten.
    const etag = whole ? `"${known}"` : `"${state.version}-of-${known}"`;
    void reply.headers({ etag, 'cache-control': customer ? 'private, no-store' : 'private, no-cache' });
    // Who the customer is may change (they are forgotten) while the version does not: there no tag says it is the same.
    if (hasKeptCopy(request.headers['if-none-match'], customer ? undefined : etag)) {
      void reply.code(304);
      return undefined;
    }
    return {
      ...viewOf(id, state),
      ...(customer ? { customer } : {}),
      ...(at === undefined ? {} : { at: formatInstant(at) }),
      ...(asOf === undefined
        ? {}
        : {
            asOf: formatInstant(asOf),
            notApplicable: notApplicable.map((event) => ({
              version: event.version,
              type: event.type,
              occurredAt: formatInstant(event.occurredAt),
            })),
          }),
    };
  }
}
