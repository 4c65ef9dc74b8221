import type pg from 'pg';
import { type CommandRow, commandsBesideFacts, madeBy } from './commands.sql.js';
import type { Differences } from './known-facts.js';

const erasure = 'POST /customers/:customerId/erasure';
const statuses = ['200', '201', '422'];
const hashBytes = 32;
/** The id of a command that has a key is made from the key: a UUID of version 8. */
const ofAKey = /^.{14}8/;

/**
 * Compares what was answered under idempotency keys with the facts: an answer is built again from the order at the version that
 * its row names, so a row that names another would answer with what never was.
 * @returns how many were compared
 */
export async function verifyCommands(options: {
  pool: pg.Pool;
  order?: string;
  differences: Differences;
  signal: AbortSignal;
}): Promise<number> {
  const { pool, order, differences, signal } = options;
  let compared = 0;
  for await (const rows of commandsBesideFacts(pool, order)) {
    signal.throwIfAborted();
    for (const row of rows) {
      compared++;
      const what = wrongCommand(row);
      if (what === undefined) continue;
      const [version, position] = [row.version, row.position].map((text) => (text === null ? null : Number(text)));
      const told = `of what was answered to ${row.scope} under the key ${row.key}, ${what}`;
      differences.add({ where: 'commands', order: row.order, version: version!, position: position!, what: told });
    }
  }
  return compared;
}

/** What no command can have left, in words; pure. */
export function wrongCommand(row: CommandRow): string | undefined {
  const { scope, order, version, status, position, type } = row;
  if (scope === null || row.key === null || order === null) return 'it is not said what was answered, or of what';
  if (status === null || !statuses.includes(status)) return `the status is said to be ${status}`;
  if (row.hashBytes !== hashBytes)
    return `the hash of the request has ${row.hashBytes ?? 0} bytes instead of ${hashBytes}`;
  if (row.sameKey > 1) return `there are ${row.sameKey} rows`;
  if (scope === erasure) {
    const right = status === '200' && version === '0' && order.startsWith('customers/');
    return right ? undefined : 'the row is not that of an erasure';
  }
  // Nothing is refused for want of an order and kept; and what was not refused has an order.
  if (version === '0' && status === '422') return undefined;
  if (position === null) return `the order is said to have stood at version ${version}, which the store does not have`;
  if (status !== '201') return undefined;
  if (row.sameFact > 1) return `${row.sameFact} commands are said to have made this fact`;
  if (row.commandId === null || !ofAKey.test(row.commandId)) {
    return 'the fact is said to have been made by it, and it was made by a command without a key';
  }
  const made = madeBy.get(scope);
  return made === undefined || made === type
    ? undefined
    : `a fact ${made} is said to have been made, and it is ${type}`;
}
