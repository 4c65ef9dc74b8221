import { z } from 'zod';

/** RFC 9457, as /openapi.json describes it; docs/errors.md lists the types. */
export const problemBody = z
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
        type: 'urn:orderlog:problem:invalid-request',
        title: 'The request is not well-formed.',
        status: 400,
        detail: 'days: does not go with from or to',
        errors: [
          {
            ...{ field: 'days', in: 'query', problem: 'does not go with from or to' },
            remedy: 'send either days, or from and to',
          },
        ],
      },
    ],
  });
