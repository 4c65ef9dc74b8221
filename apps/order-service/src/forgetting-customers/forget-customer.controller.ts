import { Body, Controller, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatInstant } from '@orderlog/instant';
import { ApiProblems } from '@orderlog/service-kit';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { AskedWith, CommandHeaders, type Asked } from '../orders/asked.js';
import { customerId, reason } from '../orders/inputs.js';
import { replayed } from '../orders/orders.js';
import { Forgetting } from './forgetting.js';

const forgetCustomer = z
  .strictObject({ reason })
  .meta({ id: 'ForgetCustomer', example: { reason: 'asked to be forgotten' } });

const erasure = z
  .strictObject({
    customerId: z.string(),
    keys: z
      .array(
        z.strictObject({
          keyId: z.string(),
          destroyedAt: z.string().describe('RFC 3339, UTC, with microseconds'),
          by: z.string().nullable().describe('who, as they say of themselves: a claim'),
          reason: z.string().nullable(),
          wiped: z
            .boolean()
            .describe('whether the table’s file is rid of it; false while an older transaction still sees the row'),
        }),
      )
      .describe('every key of theirs that was ever destroyed; none: who they are was never said'),
    orders: z.int().describe('how many orders say that their customer was forgotten'),
  })
  .meta({
    id: 'Erasure',
    example: {
      customerId: 'c-1042',
      keys: [
        {
          keyId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c073990',
          destroyedAt: '2026-11-25T09:00:00.000412Z',
          by: 'privacy desk',
          reason: 'asked to be forgotten',
          wiped: true,
        },
      ],
      orders: 3,
    },
  });

@ApiTags('customers')
@Controller('customers/:customerId/erasure')
export class ForgetCustomerController {
  constructor(private readonly forgetting: Forgetting) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Forget who a customer is: destroy the key that opens it, for ever',
    description:
      'Facts, totals and proofs stay as they are. Each order says in its history that its customer was forgotten, and ' +
      'so do the topics. Told again it changes nothing. An order that they place later has a key of its own.',
  })
  @CommandHeaders({ ifMatch: false })
  @ApiResponse({ status: 200, standardSchema: erasure, description: 'Done, now or before.' })
  @ApiProblems([400, 404, 422, 503], {
    404: 'Nothing is known of this customer.',
    422: 'The Idempotency-Key was used for another request.',
    503: 'Not at the moment; or the keys are destroyed, and not all orders could be told yet.',
  })
  async forgetCustomer(
    @Param('customerId', { schema: customerId }) id: string,
    @Body({ schema: forgetCustomer }) body: z.output<typeof forgetCustomer>,
    @AskedWith() asked: Asked,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<z.output<typeof erasure>> {
    const {
      keys,
      orders,
      replayed: again,
    } = await this.forgetting.forget(id, {
      ...{ ...asked, ifMatch: undefined, body, reason: body.reason, made: 200 },
    });
    if (again) void reply.headers(replayed);
    return {
      customerId: id,
      keys: keys.map(({ keyId, destroyedAt, by, reason: why, wiped }) => ({
        keyId,
        destroyedAt: formatInstant(destroyedAt),
        by,
        reason: why,
        wiped,
      })),
      orders,
    };
  }
}
