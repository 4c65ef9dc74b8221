import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '@orderlog/service-kit';
import type { FastifyReply } from 'fastify';
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

const says = {
  404: 'There is no such order.',
  409: 'The ID is taken, or others were first every time.',
  412: 'The order is at another version than If-Match names.',
  422: 'Against a rule of the business, or the Idempotency-Key was used for another request.',
};

/** Which refusals a call may answer with; docs/errors.md lists their codes. */
export const Problems = (...statuses: number[]) => ApiProblems(statuses, says);

/** What stands beside every order in an answer. */
export const answerHeaders = {
  ETag: { description: 'The version, for If-Match.', schema: { type: 'string' as const, example: '"2"' } },
};

/** What is said of every command in the documentation. */
export const Command = (summary: string, options: { made: 200 | 201; again?: string; tag: string }) =>
  applyDecorators(
    ApiTags(options.tag),
    ApiOperation({ summary }),
    CommandHeaders(),
    ApiResponse({
      status: options.made,
      standardSchema: orderView,
      description: 'Done: the order after it.',
      headers: answerHeaders,
    }),
    ...(options.again
      ? [ApiResponse({ status: 200, standardSchema: orderView, description: options.again, headers: answerHeaders })]
      : []),
    Problems(400, 404, 409, 412, 422, 503),
  );
