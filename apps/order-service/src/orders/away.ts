import { isNativeError } from 'node:util/types';
import { DamagedFact, DamagedHead, StoreUnavailable } from '@orderlog/event-store';
import { ContractError } from '@orderlog/order-contract';
import type { Problem } from '@orderlog/service-kit';
import pg from 'pg';
import { serviceProblem, serviceRefusals } from '../refusals/refusals.js';
import { log } from '../signals.js';

/** What an error that nobody caught means to the caller; undefined where it is a fault of ours. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof StoreUnavailable) {
    return serviceProblem('store-unavailable', {
      detail:
        error.outcome === 'not-written'
          ? 'The store does not answer; nothing was done. Send it again after Retry-After seconds.'
          : 'The store did not say what came of it. Send it again with the same Idempotency-Key, or read the order first.',
      cause: error,
    });
  }
  if (error instanceof ContractError && fromNewerRelease.has(error.code)) {
    log('orders.newer-fact', { reason: error.message });
    return serviceProblem('fact-from-newer-release', { detail: `${error.message} ${remedy}`, cause: error });
  }
  if (error instanceof DamagedFact || (error instanceof ContractError && error.code === 'damaged-fact')) {
    return serviceProblem('fact-damaged', { cause: error });
  }
  if (error instanceof DamagedHead) {
    return serviceProblem('last-fact-damaged', {
      detail: `${error.message}. ${serviceRefusals['last-fact-damaged'].then}`,
      members: error.position === null ? {} : { position: error.position },
      cause: error,
    });
  }
  return isAway(error) ? serviceProblem('store-unavailable', { cause: error }) : undefined;
}

/** What `fromStored` says of a fact that this release is too old for. */
const fromNewerRelease = new Set<ContractError['code']>(['future-schema-version', 'unknown-event-type']);
const { then: remedy } = serviceRefusals['fact-from-newer-release'];

const lostConnection = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const saysOfPg = /^(Connection terminated|timeout expired|Query read timeout|timeout exceeded when trying to connect)/;

/** Whether Postgres is away, or busy with leaving: what was asked may be asked again. */
function isAway(error: unknown): boolean {
  if (error instanceof pg.DatabaseError) return /^(08|53|55P03|57P|57014|25P04)/.test(error.code ?? '');
  if (!isNativeError(error)) return false;
  return ('code' in error && lostConnection.has(String(error.code))) || saysOfPg.test(error.message);
}
