import type { Queryable } from '@orderlog/projection';
import { findWhatIsWrong } from './find-what-is-wrong.sql.js';
import { countFacts, keepFindings, lockOrders } from './keep-findings.sql.js';

/** Looks at these orders as a whole, in the transaction that has just added to them. */
export async function concludeFindings(tx: Queryable, generation: number, orderIds: Iterable<string>): Promise<void> {
  const sorted = [...new Set(orderIds)].sort();
  await lockOrders(tx, generation, sorted);
  await countFacts(tx, generation, sorted);
  await keepFindings(tx, generation, sorted, await findWhatIsWrong(tx, generation, sorted));
}
