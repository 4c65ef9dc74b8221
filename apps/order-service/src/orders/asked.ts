import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Instant } from '@orderlog/instant';
import { invalidInputs, isCorrelationId, requestIds } from '@orderlog/service-kit';
import { ApiHeader } from '@nestjs/swagger';
import { applyDecorators } from '@nestjs/common';
import { holdsEmailAddress } from './holds-email-address.js';
import type { FastifyRequest } from 'fastify';

/** What a command's headers say. */
export interface Asked {
  /** Method and route template: what an idempotency key is good for. */
  scope: string;
  path: string;
  idempotencyKey: string | undefined;
  /** The version that must still be the latest; `*`: any, as long as there is an order; `never`: no version has this tag. */
  ifMatch: number | '*' | 'never' | undefined;
  /** A claim until someone signs in. */
  actor: string | undefined;
  correlationId: string;
  traceparent: string;
}

/**
 * What is asked beside the body. Headers are checked here; all that is wrong with them is one 400. Who does it and what
 * belongs together is kept with the facts for ever: neither may be an e-mail address.
 */
export const AskedWith = createParamDecorator((_data: unknown, context: ExecutionContext): Asked =>
  readAsked(context.switchToHttp().getRequest<FastifyRequest>()),
);

export function readAsked(request: FastifyRequest): Asked {
  const { headers } = request;
  const key = headers['idempotency-key'];
  const ifMatch = headers['if-match'];
  const actor = headers['x-actor'];
  const correlation = headers['x-correlation-id'];
  const errors = [
    ...(key === undefined || (typeof key === 'string' && isKey(key))
      ? []
      : [problem('Idempotency-Key', 'is not of the right form', 'send 1 to 255 visible ASCII characters')]),
    ...(ifMatch === undefined || ifMatchOf(ifMatch) !== undefined
      ? []
      : [problem('If-Match', 'is not one strong ETag', 'send If-Match: "3" with the version from the ETag, or *')]),
    ...(actor === undefined || (typeof actor === 'string' && actorOf(actor) !== undefined)
      ? []
      : [
          problem(
            'X-Actor',
            'is not of the right form',
            'send who does it in 1 to 128 characters, and no e-mail address',
          ),
        ]),
    ...(correlation === undefined ||
    (typeof correlation === 'string' && isCorrelationId(correlation) && !holdsEmailAddress(correlation))
      ? []
      : [
          problem(
            'X-Correlation-Id',
            'is not of the right form',
            'send 1 to 128 visible ASCII characters, and no e-mail address',
          ),
        ]),
  ];
  if (errors.length > 0) throw invalidInputs(errors);
  const { correlationId, traceparent } = requestIds(request);
  return {
    scope: `${request.method} ${request.routeOptions.url}`,
    path: request.url.split('?', 1)[0] as string,
    idempotencyKey: key as string | undefined,
    ifMatch: ifMatch === undefined ? undefined : ifMatchOf(ifMatch),
    actor: actor === undefined ? undefined : actorOf(actor as string),
    correlationId,
    traceparent,
  };
}

const problem = (field: string, what: string, remedy: string) => ({
  field,
  in: 'header' as const,
  problem: what,
  remedy,
});

const isKey = (text: string): boolean => /^[\x21-\x7e]{1,255}$/.test(text);

function ifMatchOf(header: string): Asked['ifMatch'] {
  if (header === '*') return '*';
  const tag = /^"([\x21\x23-\x7e]*)"$/.exec(header)?.[1];
  if (tag === undefined) return undefined;
  const version = Number(tag);
  return /^[1-9]\d*$/.test(tag) && Number.isSafeInteger(version) ? version : 'never';
}

/** Node reads headers as Latin-1, and so do browsers write them; curl and most others write UTF-8. */
function actorOf(header: string): string | undefined {
  const asUtf8 = new TextDecoder('utf-8').decode(Buffer.from(header, 'latin1'));
  const actor = (asUtf8.includes('\ufffd') ? header : asUtf8).trim();

  const odd = /[\u0000-\u001f\u007f-\u009f]/.test(actor);
  return actor === '' || actor.length > 128 || odd || holdsEmailAddress(actor) ? undefined : actor;
}

/** What is said of a command as it is decided. */
export interface CommandContext extends Asked {
  /** What was asked, with its defaults: the same request has the same text. */
  body: unknown;
  reason?: string | undefined;
  occurredAt?: Instant | undefined;
  /** Of a command without an idempotency key that is told again until it has its effect; made where it is absent. */
  commandId?: string;
  /** The status where a fact was made; told again it is 200. */
  made: 200 | 201;
}

/** The headers of a command, for the documentation. */
export const CommandHeaders = ({ ifMatch } = { ifMatch: true }) =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description: 'The same key with the same request has the same answer, and one effect. Kept for 7 days.',
      schema: { type: 'string', maxLength: 255 },
    }),
    ...(ifMatch
      ? [
          ApiHeader({
            name: 'If-Match',
            required: false,
            description: 'The version that must still be the latest, as its ETag: `"3"`; or `*`. Otherwise 412.',
            schema: { type: 'string' },
          }),
        ]
      : []),
    ApiHeader({
      name: 'X-Actor',
      required: false,
      description: 'Who does it. A claim: it is kept for ever and shown as one. No e-mail address.',
      schema: { type: 'string', maxLength: 128 },
      example: 'agent 17',
    }),
    ApiHeader({
      name: 'X-Correlation-Id',
      required: false,
      description: 'Ties together what belongs together; made where it is absent, and echoed.',
      schema: { type: 'string', maxLength: 128 },
    }),
    ApiHeader({
      name: 'traceparent',
      required: false,
      description: 'W3C trace context; passed on to the messages.',
      schema: { type: 'string' },
    }),
  );
