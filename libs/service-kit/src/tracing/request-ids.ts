import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** What ties a request to what came of it in other apps. Read from the caller's headers, made where they are absent. */
export interface RequestIds {
  correlationId: string;
  /** W3C trace context; the caller's as it came, or one of our own. */
  traceparent: string;
}

const correlation = /^[\x21-\x7e]{1,128}$/;
const trace = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
/** On the request itself: a WeakMap of requests keeps the garbage collector busy. */
const idsOfRequest = Symbol('ids');

/** Whether a caller's X-Correlation-Id can be taken as it is: 1 to 128 printable ASCII characters without blanks. */
export const isCorrelationId = (text: string): boolean => correlation.test(text);

/** @returns the ids of this request, the same at every call. A header that cannot be taken is as good as absent. */
export function requestIds(request: Pick<FastifyRequest, 'headers'> & { [idsOfRequest]?: RequestIds }): RequestIds {
  const known = request[idsOfRequest];
  if (known) return known;
  const { 'x-correlation-id': given, traceparent } = request.headers;
  const ids = {
    correlationId: typeof given === 'string' && correlation.test(given) ? given : randomUUID(),
    traceparent: typeof traceparent === 'string' && trace.test(traceparent) ? traceparent : newTraceparent(),
  };
  request[idsOfRequest] = ids;
  return ids;
}

export const correlationIdOf = (request: Pick<FastifyRequest, 'headers'>): string => requestIds(request).correlationId;

/** Random bytes are drawn for 256 requests at once: one call a request was a third of what an empty answer costs. */
let drawn = Buffer.alloc(0);
let used = 0;
function newTraceparent(): string {
  if (used + 24 > drawn.length) {
    drawn = randomBytes(24 * 256);
    used = 0;
  }
  const hex = drawn.toString('hex', used, used + 24);
  used += 24;
  return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
}
