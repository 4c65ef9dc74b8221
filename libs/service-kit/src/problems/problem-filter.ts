import { isNativeError } from 'node:util/types';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { KnownRoutes } from '../start/known-routes.js';
import type { kitSignals } from '../signals/kit-signals.js';
import type { SignalLog } from '../signals/signal-log.js';
import { correlationIdOf } from '../tracing/request-ids.js';
import { invalidInputs, Problem } from './problem.js';

const linesASecond = 10;

/**
 * The one place where an error becomes an answer. What nobody expected is 500 without a word of its message: that goes
 * to the log, beside the correlation id that the answer carries.
 */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  #second = 0;
  #said = 0;
  #unsaid = 0;

  /** @param translate an app's own errors (a lost connection …) as problems; undefined for those that it does not know. */
  constructor(
    private readonly log: SignalLog<typeof kitSignals>,
    private readonly routes: KnownRoutes,
    private readonly translate: (error: unknown) => Problem | undefined = () => undefined,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.problemOf(error, request);
    // A 503 that names no cause is a state that the app has told of already (it waits, it is full, it leaves).
    const unexpected = problem.status >= 500 && (problem.status !== 503 || problem.cause !== undefined);
    if (unexpected && this.mayLog()) {
      this.log('http.failed', {
        method: request.method,
        route: request.routeOptions?.url ?? 'unknown',
        status: problem.status,
        correlationId: correlationIdOf(request),
        error: problem.cause ?? error,
        unsaid: this.#unsaid,
      });
      this.#unsaid = 0;
    }
    sendProblem(problem, request, reply);
  }

  /** A database that is away fails every request: ten lines a second tell as much as ten thousand. */
  private mayLog(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#said = 0;
    }
    if (this.#said >= linesASecond) {
      this.#unsaid += 1;
      return false;
    }
    this.#said += 1;
    return true;
  }

  private problemOf(error: unknown, request: FastifyRequest): Problem {
    if (error instanceof Problem) return error;
    const translated = this.translate(error);
    if (translated) return translated;
    return problemOfFramework(error, request, this.routes) ?? unexpected(error);
  }
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  if (reply.sent) return;
  void reply
    .code(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem.toBody(correlationIdOf(request)));
}

const unexpected = (error: unknown): Problem =>
  new Problem(
    {
      code: 'internal-error',
      status: 500,
      title: 'Something is wrong on our side.',
      detail:
        'It is in our log under the correlation id. Whether a command was done, ask again with the same Idempotency-Key.',
    },
    { cause: error },
  );

/** What Fastify and Nest refuse before a handler sees it, each in our words. */
export function problemOfFramework(error: unknown, request: FastifyRequest, routes: KnownRoutes): Problem | undefined {
  const status = statusOf(error);
  if (status === undefined || status < 400 || status >= 500) return undefined;
  const body = (problem: string, remedy: string): Problem =>
    invalidInputs([{ field: '', in: 'body', problem, remedy }]);
  const path = pathOf(request.url);
  if (status === 404) {
    const allowed = routes.methodsAt(path);
    if (allowed.length > 0 && !path.endsWith('/')) {
      return new Problem({
        code: 'method-not-allowed',
        status: 405,
        title: 'This address is not called with that method.',
        detail: `Call it with ${allowed.join(', ')}; /docs says what each does.`,
        headers: { allow: allowed.join(', ') },
      });
    }
    return new Problem({
      code: 'no-such-route',
      status,
      title: 'There is nothing at this address.',
      detail:
        allowed.length > 0
          ? 'There is one without the slash at its end.'
          : `${request.method} ${path.slice(0, 200)} is not a call of this service; /docs lists what is.`,
    });
  }
  if (status === 413) {
    return new Problem({
      code: 'body-too-large',
      status,
      title: 'The body is too large.',
      detail: `The body may have up to ${request.routeOptions?.bodyLimit ?? 'a limited number of'} bytes.`,
    });
  }
  if (status === 415) return unreadForm('Send JSON, with Content-Type: application/json.');
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_BAD_URL') {
    const fields = routes.undecodableIn(path);
    return invalidInputs(
      (fields.length > 0 ? fields : ['']).map((field) => ({
        field,
        in: 'path',
        problem: 'is not text in percent-encoding',
        remedy: 'send UTF-8, each byte of it that an address cannot hold as % and two hexadecimal digits',
      })),
    );
  }
  if (code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return body('is empty', 'send a JSON object, or no Content-Type header');
  if (error instanceof SyntaxError || /json/i.test(messageOf(error))) {
    return body('is not JSON', 'send one JSON object, its text in UTF-8');
  }
  return new Problem({
    code: status === 400 ? 'invalid-request' : `http-${status}`,
    status,
    title: status === 400 ? 'The request is not well-formed.' : 'The request cannot be read.',
    detail: 'See /docs for how it is called.',
  });
}

/** @param detail what to send instead */
export const unreadForm = (detail: string): Problem =>
  new Problem({
    code: 'unsupported-media-type',
    status: 415,
    title: 'The body is in a form that is not read here.',
    detail,
  });

function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null) return undefined;
  if (error instanceof SyntaxError && 'body' in error) return 400;
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

const messageOf = (error: unknown): string => (isNativeError(error) ? error.message : '');

/** The path alone: a query may hold what should not be repeated. */
const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
