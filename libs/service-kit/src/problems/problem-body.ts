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
    example: {
      type: 'urn:orderlog:problem:invalid-request',
      title: 'The request is not well-formed.',
      status: 400,
      detail: 'amount: is too small',
      errors: [{ field: 'amount', in: 'body', problem: 'is too small', remedy: 'send at least 1' }],
      correlationId: '0192f0c1-7d0e-7cc3-98c4-dc0c0c07398f',
    },
  });
