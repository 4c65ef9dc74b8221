import type { Queryable } from '@orderlog/projection';
import { findWhatIsWrong } from './find-what-is-wrong.sql.js';
import { countFacts, keepFindings } from './keep-findings.sql.js';

/** Looks at these orders as a whole, in the transaction that has just added to them. */
export async function concludeFindings(tx: Queryable, generation: number, orderIds: readonly string[]): Promise<void> {
  await countFacts(tx, generation, orderIds);
  await keepFindings(tx, generation, orderIds, await findWhatIsWrong(tx, generation, orderIds));
}
