import type pg from 'pg';
import { type WrongKey, type WrongKeyRow, wrongKeyRows, wrongKeys } from './customers.sql.js';
import type { Differences } from './known-facts.js';

/** Nonce, key and tag of AES-256-GCM. */
const wrappedBytes = 12 + 32 + 16;

/**
 * Compares customers' keys with the facts: the key of what is sealed is its customer's, and once a fact says that the customer
 * was forgotten, nobody has it any more. Whether a key opens what is sealed with it nobody can see who does not have
 * ORDERS_CUSTOMER_KEY.
 */
export async function verifyCustomers(options: {
  pool: pg.Pool;
  upTo: number;
  order?: string;
  differences: Differences;
}): Promise<void> {
  const { pool, upTo, order, differences } = options;
  for (const wrong of await wrongKeys(pool, upTo, order)) {
    const { version, position } = wrong;
    differences.add({ where: 'customers', order: wrong.order, version, position, what: whatOf(wrong) });
  }
  if (order !== undefined) return;
  for (const row of await wrongKeyRows(pool, wrappedBytes)) {
    differences.add({ where: 'customers', order: null, version: null, position: null, what: whatOfRow(row) });
  }
}

/** How the sentence ends of a key that has to be destroyed again. */
export const keyIsBack = 'and the key is there: who they are can be read';

function whatOf(wrong: WrongKey): string {
  const key = `the key ${wrong.key} of the customer ${wrong.customer}`;
  switch (wrong.kind) {
    case 'of-another':
      return `${key}, with which it is sealed, is said to be that of ${wrong.other}`;
    case 'kept':
      return `it says that ${key} was destroyed, ${keyIsBack}`;
    case 'untold':
      return `${key} was destroyed, all their orders are said to tell so, and this one does not`;
  }
}

function whatOfRow({ key, customer, inUse, bytes, destroyed }: WrongKeyRow): string {
  const row = `the key ${key} of the customer ${customer}`;
  if (destroyed && bytes !== null) return `${row} is said to be destroyed, ${keyIsBack}`;
  if (bytes === null) return `${row} is gone, and nothing says when it was destroyed`;
  if (bytes !== wrappedBytes) return `${row} has ${bytes} bytes instead of ${wrappedBytes}: nobody can open it`;
  return `${row} is one of ${inUse} that are in use, and a customer has one`;
}
