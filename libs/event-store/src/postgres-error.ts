import { DatabaseError } from 'pg';

/** The connection is gone, or the server is going: whether the last statement was carried out is not known. */
export const isLostConnection = (error: unknown): boolean =>
  !(error instanceof DatabaseError) || error.severity === 'FATAL' || error.severity === 'PANIC';

/** A row belongs into a child table that nobody has made yet. */
export const missingChildOf = (error: unknown): 'outbox' | 'commands' | undefined =>
  error instanceof DatabaseError && error.code === '23514' && error.constraint === undefined
    ? (['outbox', 'commands'] as const).find((table) => table === error.table)
    : undefined;

/** A stream was thought to be shorter than it is, or not to be there. */
export const isVersionTaken = (error: unknown): boolean =>
  error instanceof DatabaseError && error.code === '23505' && error.constraint === 'events_one_per_version';

/** Something in the rows themselves: data that Postgres cannot keep, a broken check, a row above its limits. */
export const isAboutTheRows = (error: unknown): boolean =>
  error instanceof DatabaseError && /^(22|23|54)/.test(error.code ?? '');

/** Infinity, or a year that no number of microseconds reaches, was to become one. */
export const isNoInstant = (error: unknown): boolean =>
  error instanceof DatabaseError && (error.code === '0A000' || error.code === '22003');

/** It is a standby, or an operator lets nobody write. */
export const isReadOnly = (error: unknown): boolean => error instanceof DatabaseError && error.code === '25006';

/** Resources, an operator, a time limit: the same call may do better later. */
export const isPassing = (error: unknown): boolean =>
  isLostConnection(error) ||
  isReadOnly(error) ||
  (error instanceof DatabaseError && /^(08|40|53|55|57|58)/.test(error.code ?? ''));
