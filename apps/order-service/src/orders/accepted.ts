import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CommandHeaders } from './asked.js';
import { orderView, viewOf, type OrderView } from './order-view.js';
import { etagOf, replayed, type Accepted } from './orders.js';

/** Writes what came of a command: the order as it stands after it, and its version as ETag. */
export function accepted(reply: FastifyReply, done: Accepted): OrderView {
  void reply.code(done.status).headers(etagOf(done.state));
  if (done.replayed) void reply.headers(replayed);
  if (done.status === 201) void reply.header('location', `/orders/${done.orderId}`);
  return viewOf(done.orderId, done.state);
}

/** RFC 9457; docs/errors.md lists the types. */
export const problem = z
  .looseObject({
    type: z.string().describe('stable: urn:orderlog:problem:<code>'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z
      .array(z.strictObject({ field: z.string(), in: z.string(), problem: z.string(), remedy: z.string() }))
      .optional(),
    correlationId: z.string().optional(),
  })
  .meta({
    id: 'Problem',
    examples: [
      {
        type: 'urn:orderlog:problem:capture-exceeds-owed',
        title: 'The payment is more than is owed.',
        status: 422,
        detail: 'Capture up to what is owed.',
        currency: 'GBP',
        owed: 7999,
        correlationId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f',
      },
    ],
  });

const says: Record<number, string> = {
  400: 'Not well-formed; `errors` names each field.',
  404: 'There is no such order.',
  409: 'The ID is taken, or others were first every time.',
  412: 'The order is at another version than If-Match names.',
  422: 'Against a rule of the business, or the Idempotency-Key was used for another request.',
  503: 'Not at the moment; try again after Retry-After seconds.',
};

export const Problems = (...statuses: number[]) =>
  applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: says[status] ?? '',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
  );

/** What is said of every command in the documentation. */
export const Command = (summary: string, options: { made: 200 | 201; again?: string; tag: string }) =>
  applyDecorators(
    ApiTags(options.tag),
    ApiOperation({ summary }),
    CommandHeaders(),
    ApiResponse({
      status: options.made,
      standardSchema: orderView,
      description: 'Done: the order after it. ETag is its version.',
    }),
    ...(options.again ? [ApiResponse({ status: 200, standardSchema: orderView, description: options.again })] : []),
    Problems(400, 404, 409, 412, 422, 503),
  );
