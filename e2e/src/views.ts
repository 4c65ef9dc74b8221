import { eventually } from '@orderlog/local-stack';
import { expect } from '@jest/globals';
import { byKey, type Earned, readFacts, revenueOf } from './facts.js';
import { call, type Platform } from './platform.js';

/** All of the revenue by SKU, day and currency, page by page. */
export async function readRevenue(platform: Platform): Promise<Earned[]> {
  const rows: Earned[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({
      groupBy: 'sku,day,currency',
      from: '2000-01-01',
      to: '2100-01-01',
      limit: '50',
    });
    if (cursor) query.set('cursor', cursor);
    const {
      status,
      body,
    }: { status: number; body: { rows: (Earned & { units: number })[]; nextCursor: string | null } } = await call(
      `${platform.REVENUE_URL}/revenue?${query.toString()}`,
    );
    expect({ status, body: status === 200 ? {} : body }).toEqual({ status: 200, body: {} });
    rows.push(...body.rows.map(({ units: _, ...row }) => row));
    cursor = body.nextCursor;
  } while (cursor);
  // A group whose captures and refunds are both 0 is the same as none.
  return rows.filter(({ captured, refunded }) => captured !== 0 || refunded !== 0).sort(byKey);
}

interface Integrity {
  facts: number;
  highestPosition: number;
  contiguousTo: number;
}

/** Both views have every fact of the store, and say of it what the facts say. Orders must have ceased to flow. */
export async function viewsAgree(platform: Platform, options: { withinMs: number }): Promise<void> {
  await eventually(options, async () => {
    const facts = await readFacts(platform.DATABASE_URL);
    const { body } = await call<Integrity>(`${platform.AUDIT_URL}/audit/integrity`);
    expect(body).toMatchObject({ facts: facts.length, highestPosition: facts.length, contiguousTo: facts.length });
    expect(await readRevenue(platform)).toEqual(
      revenueOf(facts).filter(({ captured, refunded }) => captured !== 0 || refunded !== 0),
    );
  });
}
