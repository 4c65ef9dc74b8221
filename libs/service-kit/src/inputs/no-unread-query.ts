import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { FastifyRequest } from 'fastify';
import { invalidInputs } from '../problems/problem.js';

/**
 * A query that a call does not read is refused: `POST /orders?dryRun=true` would place the order. (What a call does read
 * is described by its schema, which names the parameters that are not known.) Once each: of two, nobody could say which
 * was meant. `/health` and `/metrics` answer machines, which are not always asked with what we know, and read no query.
 */
@Injectable()
export class NoUnreadQuery implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    if (context.getType() !== 'http') return true;
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (machinesOwn.test(request.url)) return true;
    const query = Object.entries(request.query as Record<string, unknown>);
    const errors = readsQuery(context)
      ? query
          .filter(([, value]) => Array.isArray(value))
          .map(([field]) => problem(field, 'stands there twice', 'send it once: which one was meant, nobody could say'))
      : query.map(([field]) => problem(field, 'is not known here', 'leave it out; nothing is known in this query'));
    if (errors.length > 0) throw invalidInputs(errors);
    return true;
  }
}

const machinesOwn = /^\/(health|metrics)\b/;
const problem = (field: string, what: string, remedy: string) => ({
  field,
  in: 'query' as const,
  problem: what,
  remedy,
});

/** Whether a handler has a `@Query()`. */
function readsQuery(context: ExecutionContext): boolean {
  const read = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as object;
  return Object.keys(read ?? {}).some((input) => input.startsWith(`${RouteParamtypes.QUERY}:`));
}
