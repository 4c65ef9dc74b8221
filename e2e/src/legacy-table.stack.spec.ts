import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, eventually, repository, type TestDatabase } from '@orderlog/local-stack';
import pg from 'pg';
import { openBrowser, type OwnBrowser } from './browser.js';
import { orderlogOn } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';

interface Finding {
  kind: string;
  detail: Record<string, unknown>;
  resolvedAt: string | null;
}

/**
 * The promise that a table which overwrote itself is brought in with what is known of it and what is not: two rows with
 * one ID, 89.99 and 79.99, and a log whose trigger was off for one change.
 */
describe('a legacy table with a log beside it', () => {
  let platform: Platform;
  let chromium: OwnBrowser;
  let shop: TestDatabase;
  let folder: string;
  const id = '8470';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderlog-legacy-'));
    [platform, shop] = await Promise.all([startPlatform({ infrastructure: 'shared', rate: 0 }), createDatabase()]);
    chromium = await openBrowser();
    const legacy = new pg.Client({ connectionString: shop.connectionString });
    await legacy.connect();
    const row = (order: string, total: number) =>
      `insert into orders (id, customer_id, customer_email, status, total, currency)
       values (${order}, 'c-1042', 'ada@example.org', 'open', ${total}, 'GBP')`;
    for (const statement of [
      await readFile(join(repository, 'apps/cli/src/importing-current-state/testing/shop-with-audit-log.sql'), 'utf8'),
      row(id, 89.99),
      row('8471', 79.99), // the workload has placed it itself, at 89.99
      `update orders set total = 84.99 where id = ${id}`,
      'alter table orders disable trigger orders_audit',
      `update orders set total = 81.99 where id = ${id}`,
      'alter table orders enable trigger orders_audit',
      `update orders set total = 79.99 where id = ${id}`,
      row(id, 89.99),
    ]) {
      await legacy.query(statement);
    }
    await legacy.end();
  }, 240_000);
  afterAll(async () => {
    await chromium?.close();
    await platform?.stop();
    await shop?.drop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const orderlog = (...args: string[]) => orderlogOn(platform, { cwd: folder })(...args);
  const importTable = () => orderlog('import', 'current-state', shop.connectionString, '--table', 'orders');
  const findingsOf = async (order: string) =>
    (await call<{ findings: Finding[] }>(`${platform.AUDIT_URL}/audit/findings?orderId=${order}&open=true`)).body
      .findings;

  it('is imported by one command, which says what a person has to look at', async () => {
    const { code, said } = await importTable();
    expect(said).toContain('postgres:orders: 3 rows of 2 orders');
    expect(said).toContain(`1 order has rows that contradict each other, and is on hold: ${id}`);
    expect(said).toContain('1 order is here already, and did not come from a table: it was not changed: 8471');
    expect(said).toContain(`1 order has a gap in its evidence: ${id}`);
    expect(said).toContain('Not read, because they tell who someone is: customer_email');
    expect(said).toContain('The log postgres:audit_log was found beside the table');
    expect(code).toBe(3);
  });

  it('has the audit find the contradiction, the gap, and the second order under one ID', async () => {
    await eventually({ withinMs: 30_000 }, async () => {
      expect(await findingsOf(id)).toMatchObject([
        { kind: 'conflicting-claims', detail: { claims: 2 } },
        { kind: 'evidence-gap', detail: { what: 'total 84.99 → 81.99 GBP: changed without an entry' } },
      ]);
      expect(await findingsOf('8471')).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            kind: 'duplicate-order',
            detail: expect.objectContaining({ actor: 'import', attemptedTotal: 79_99, existingTotal: 89_99 }),
          }),
        ]),
      );
    });
  });

  it('is refused every command until a person decides, and says why', async () => {
    const payment = { method: 'POST', body: { paymentId: 'p-1', amount: 79_99 } };
    expect(await call(`${platform.ORDERS_URL}/orders/${id}/payments`, payment)).toMatchObject({
      status: 422,
      body: { type: 'urn:orderlog:problem:order-on-hold', claims: [{ total: 79_99 }, { total: 89_99 }] },
    });
  });

  it('shows in the console and on paper what is known, what is claimed, and what is missing', async () => {
    const context = await chromium.browser.newContext({ viewport: { width: 1_280, height: 1_600 } });
    try {
      const page = await context.newPage();
      await page.goto(`${platform.CONSOLE_URL}/orders/${id}`);
      const story = await page.locator('.story').innerText();
      for (const said of [
        'On hold: its sources contradict each other.',
        'Imported from a table that had overwritten itself',
        'The log beside the table cannot be the whole story.',
        'total 84.99 → 81.99 GBP: changed without an entry',
        'total 89.99 → 84.99 GBP',
        'The log beside the table has a gap.',
      ]) {
        expect(story).toContain(said);
      }
      await page.goto(`${platform.ORDERS_URL}/orders/${id}/dossier?format=html`);
      const dossier = await page.locator('body').innerText();
      for (const said of [
        'is not known.',
        'Contradicting claims: ',
        'What a log beside the table says',
        'row made: total 89.99 GBP',
      ]) {
        expect(dossier).toContain(said);
      }
    } finally {
      await context.close();
    }
    await writeFile(join(folder, 'key.pem'), await (await fetch(`${platform.ORDERS_URL}/dossier-key`)).text());
    for (const form of ['json', 'html', 'pdf']) {
      expect(await orderlog('dossier', id, '--out', `${id}.${form}`)).toMatchObject({ code: 0 });
      expect(await orderlog('dossier', 'verify', `${id}.${form}`, '--key', 'key.pem')).toMatchObject({ code: 0 });
    }
  });

  it('goes on once a person has decided: the contradiction is settled, the gap stays', async () => {
    const resolution = { decision: 'the invoice says 79.99', total: 79_99, reason: 'invoice seen' };
    const decided = await call(`${platform.ORDERS_URL}/orders/${id}/resolution`, { body: resolution });
    expect(decided).toMatchObject({
      status: 200,
      body: { status: 'placed', total: 79_99, historyBefore: { known: false } },
    });
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await findingsOf(id)).map(({ kind }) => kind)).toEqual(['evidence-gap']),
    );
    const story = await call<{ facts: { what: string }[] }>(`${platform.AUDIT_URL}/audit/orders/${id}`);
    expect(story.body).toMatchObject({
      historyBefore: { known: false },
      facts: [
        { what: expect.stringContaining('what happened before is unknown') },
        { what: expect.stringContaining('the invoice says 79.99') },
      ],
    });
  });

  it('imported again adds nothing, and every fact of it verifies', async () => {
    const { said } = await importTable();
    expect(said).toMatch(/stored now +0 rows/);
    const verified = await orderlog('verify', '--order', id);
    expect(verified).toMatchObject({ code: 0 });
  });
});
