import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { problemType } from './problem.js';

/** What every refusal looks like, for the documentation. */
export const problemSchema = z
  .looseObject({
    type: z.string().describe('stable: urn:orderlog:problem:<code>'),
    title: z.string().describe('the same for every occurrence'),
    status: z.int(),
    detail: z.string().optional().describe('what to do next'),
    errors: z
      .array(
        z.strictObject({
          field: z.string(),
          in: z.enum(['body', 'path', 'query', 'header']),
          problem: z.string(),
          remedy: z.string(),
        }),
      )
      .optional(),
    correlationId: z.string().optional(),
  })
  .meta({
    id: 'Problem',
    example: {
      type: problemType('invalid-request'),
      title: 'The request is not well-formed.',
      status: 400,
      detail: 'amount: is too small',
      errors: [{ field: 'amount', in: 'body', problem: 'is too small', remedy: 'send at least 1' }],
      correlationId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f',
    },
  });

const standard: Record<number, string> = {
  400: 'Not well-formed; `errors` names each field.',
  404: 'There is no such thing.',
  410: 'It was there once.',
  503: 'Not at the moment; try again after Retry-After seconds.',
};

/** States which refusals a call may answer with. @param says a sentence for each status that is not the standard one */
export const ApiProblems = (statuses: readonly number[], says: Record<number, string> = {}) =>
  applyDecorators(
    ...statuses.map((status) =>
      ApiResponse({
        status,
        description: says[status] ?? standard[status] ?? 'Refused.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      }),
    ),
  );
