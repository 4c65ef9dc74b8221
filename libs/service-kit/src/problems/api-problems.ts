import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

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
