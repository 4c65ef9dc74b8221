import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import type { SignedDossier } from '@orderlog/order-contract';
import { openBrowser, type OwnBrowser } from './browser.js';
import { orderlogOn } from './orderlog.js';
import { call, startPlatform, type Platform } from './platform.js';

/** The promise that a dispute is settled by one file, which anyone checks without us. */
describe('the dossier of order 8471', () => {
  let platform: Platform;
  let chromium: OwnBrowser;
  let folder: string;
  const forms = ['json', 'html', 'pdf'] as const;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderlog-dossier-'));
    platform = await startPlatform({ infrastructure: 'shared', rate: 0 });
    chromium = await openBrowser();
    await writeFile(file('public.pem'), await (await fetch(`${platform.ORDERS_URL}/dossier-key`)).text());
  }, 240_000);
  afterAll(async () => {
    await chromium?.close();
    await platform?.stop();
    await rm(folder, { recursive: true, force: true });
  }, 120_000);

  const file = (name: string) => join(folder, name);
  const orderlog = (...args: string[]) => orderlogOn(platform)('dossier', ...args);

  it.each(forms)('is fetched as %s, and holds', async (form) => {
    expect(await orderlog('8471', '--out', file(`8471.${form}`))).toMatchObject({ code: 0 });
    const verified = await orderlog('verify', file(`8471.${form}`), '--key', file('public.pem'));
    expect(verified.said).toMatch(/^HOLDS: /);
    expect(verified.code).toBe(0);
  });

  it('carries the audit’s word for its facts, which a forger with order-service’s key could not give', async () => {
    await eventually({ withinMs: 60_000 }, async () => {
      const { body } = await call<SignedDossier>(`${platform.ORDERS_URL}/orders/8471/dossier?format=json`);
      const { facts, proofs } = body.dossier;
      expect(proofs.checkpoint).toMatchObject({ version: facts.length });
    });
    const keys = await call<{ publicKey: string }>(`${platform.AUDIT_URL}/audit/checkpoints/public-key`);
    await writeFile(file('audit.pem'), keys.body.publicKey);
    for (const form of forms) {
      await orderlog('8471', '--out', file(`8471.${form}`));
      const given = ['--key', file('public.pem'), '--audit-key'];
      const verified = await orderlog('verify', file(`8471.${form}`), ...given, file('audit.pem'));
      expect(verified.said).toMatch(/^HOLDS: [^]*the audit signed for versions 1 to \d+, .*, as given/);
      expect(verified.code).toBe(0);
      expect(await orderlog('verify', file(`8471.${form}`), ...given, file('public.pem'))).toMatchObject({ code: 3 });
    }
  });

  it('does not hold once a number in it is another: exit code 3, and what is wrong', async () => {
    const page = await readFile(file('8471.html'), 'utf8');
    await writeFile(file('forged.html'), page.replace('<b>79.99 GBP</b>', '<b>89.99 GBP</b>'));
    expect(await orderlog('verify', file('forged.html'), '--key', file('public.pem'))).toMatchObject({
      code: 3,
      said: expect.stringContaining('DOES NOT HOLD'),
    });
    const json = await readFile(file('8471.json'), 'utf8');
    await writeFile(file('forged.json'), json.replaceAll('SAVE10', 'SAVE20'));
    const { code, said } = await orderlog('verify', file('forged.json'));
    expect(code).toBe(3);
    expect(said).toMatch(/DOES NOT HOLD: .*: signature: /);
    expect(said).toMatch(/chain: version 2 \(DiscountApplied\) is not what its hash says/);
  });

  it('is one page that asks nobody for anything, complains of nothing, and fits on A4', async () => {
    const context = await chromium.browser.newContext({ viewport: { width: 703, height: 1_000 } });
    try {
      const page = await context.newPage();
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      const url = `${platform.ORDERS_URL}/orders/8471/dossier?format=html`;
      await page.goto(url);
      expect({ asked, complaints }).toEqual({ asked: [url], complaints: [] });
      const owed = page.locator('.figures li').filter({ hasText: 'Owed' });
      expect(await owed.innerText()).toMatch(/0\.00 GBP/);
      expect(await page.locator('table.money tbody tr').count()).toBe(await page.locator('article[id]').count());
      await page.emulateMedia({ media: 'print' });
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    } finally {
      await context.close();
    }
  });

  it('has the number of each fact on one line on paper, from the tenth on too', async () => {
    const id = 'dossier-of-12-facts';
    const tell = (path: string, body: object) => call(`${platform.ORDERS_URL}/orders${path}`, { body });
    const lines = [{ sku: 'LAMP', quantity: 1, unitPrice: 123_456_789_012_78 }];
    await tell('', { orderId: id, customerId: 'c-1', currency: 'GBP', lines });
    for (let part = 1; part <= 11; part++) await tell(`/${id}/payments`, { paymentId: `p-${part}`, amount: 1_000_00 });
    const context = await chromium.browser.newContext({ viewport: { width: 703, height: 1_000 } });
    try {
      const page = await context.newPage();
      await page.goto(`${platform.ORDERS_URL}/orders/${id}/dossier?format=html`);
      await page.emulateMedia({ media: 'print' });
      const numbers = `[...document.querySelectorAll('table.money td:first-child a')]`;
      expect(await page.evaluate(`${numbers}.map((number) => number.getClientRects().length)`)).toEqual(
        Array(12).fill(1),
      );
      // A sum of any size keeps to its own field.
      const fields = `[...document.querySelectorAll('.figures b')]`;
      const tooWide = `${fields}.filter((sum) => sum.getBoundingClientRect().right > sum.parentElement.getBoundingClientRect().right)`;
      expect(await page.evaluate(`${fields}.every((sum) => sum.getBoundingClientRect().width > 20)`)).toBe(true);
      expect(await page.evaluate(`${tooWide}.map((sum) => sum.textContent)`)).toEqual([]);
    } finally {
      await context.close();
    }
  });

  it('is read on a telephone: as wide as that, each amount under its name, no word torn into letters', async () => {
    const context = await chromium.browser.newContext({ viewport: { width: 360, height: 800 }, colorScheme: 'dark' });
    try {
      const page = await context.newPage();
      await page.goto(`${platform.ORDERS_URL}/orders/8471/dossier?format=html`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      const lines = `(heading) => { const all = document.createRange(); all.selectNodeContents(heading); return all.getClientRects().length; }`;
      const torn = `[...document.querySelectorAll('th')].filter(({ textContent }) => !textContent.includes(' ')).filter((heading) => (${lines})(heading) > 1)`;
      expect(await page.evaluate(`${torn}.map(({ textContent }) => textContent)`)).toEqual([]);
      const said = `[...document.querySelectorAll('table.money td:nth-child(3)')]`;
      expect(
        await page.evaluate(`Math.min(...${said}.map((cell) => cell.getBoundingClientRect().width))`),
      ).toBeGreaterThan(250);
      const names = `[...document.querySelectorAll('table.money tr:nth-child(2) td.n')].map((cell) => getComputedStyle(cell, '::before').content)`;
      expect(await page.evaluate(names)).toEqual(
        ['Ordered', 'Discounted', 'Total', 'Captured', 'Refunded', 'Owed'].map((name) => `"${name}"`),
      );
      expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(
        'rgb(255, 255, 255)',
      );
    } finally {
      await context.close();
    }
  });

  it('of an order that is not there is a sentence, and exit code 1', async () => {
    expect(await orderlog('no-such-order')).toMatchObject({
      code: 1,
      said: expect.stringContaining('There is no such order.'),
    });
  });
});
