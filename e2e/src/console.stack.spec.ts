import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { openBrowser, type OwnBrowser } from './browser.js';
import { call, startPlatform, type Platform } from './platform.js';

/** What people see, in a real browser, of a real platform with orders coming in. */
describe('the console', () => {
  let platform: Platform;
  let chromium: OwnBrowser;

  beforeAll(async () => {
    platform = await startPlatform({ infrastructure: 'shared', rate: 5 });
    chromium = await openBrowser();
  }, 240_000);
  afterAll(async () => {
    await chromium?.close();
    await platform?.stop();
  }, 120_000);

  /** Opens a page, and in the end wants it to have complained of nothing and asked nobody but the console. */
  async function visit(
    path: string,
    look: (page: Page) => Promise<void>,
    { tolerated, ...options }: BrowserContextOptions & { tolerated?: string } = {},
  ): Promise<void> {
    const context = await chromium.browser.newContext(options);
    const complaints: string[] = [];
    const strangers: string[] = [];
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(40_000);
      page.on('console', (message) => {
        if (message.type() !== 'error' && message.type() !== 'warning') return;
        if (tolerated === undefined || !message.text().includes(tolerated)) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(platform.CONSOLE_URL)) strangers.push(request.url());
      });
      await page.goto(new URL(path, platform.CONSOLE_URL).href);
      await look(page);
      expect({ complaints, strangers }).toEqual({ complaints: [], strangers: [] });
    } finally {
      await context.close();
    }
  }

  const wholeNumber = async (page: Page, part: string, label: string): Promise<number> => {
    const figure = page.locator(`#part-${part} dl div`).filter({ has: page.locator('dt', { hasText: label }) });
    return Number((await figure.locator('dd').innerText()).replaceAll(/\D/g, ''));
  };
  /** `1,234.56GBP` in minor units. */
  const minor = (text: string): number => Number(text.replace('−', '-').replaceAll(/[^-\d]/g, ''));

  it(
    'shows what flows, and goes on showing it without being loaded again',
    () =>
      visit('/', async (page) => {
        for (const part of ['orders', 'facts', 'relay', 'kafka', 'revenue', 'audit']) {
          await page.locator(`#part-${part}.ok`).waitFor();
        }
        const before = await wholeNumber(page, 'facts', 'kept');
        await page.evaluate('globalThis.neverLoadedAgain = true');
        await eventually({ withinMs: 40_000 }, async () => {
          expect(await wholeNumber(page, 'facts', 'kept')).toBeGreaterThan(before + 5);
          expect(await wholeNumber(page, 'kafka', 'messages')).toBeGreaterThan(before + 5);
        });
        await page.locator('#revenue-90 .totals li').first().waitFor();
        await eventually({ withinMs: 40_000 }, async () =>
          expect(await page.locator('#newest tbody tr').count()).toBe(12),
        );
        expect(await page.evaluate('globalThis.neverLoadedAgain')).toBe(true);
      }),
    120_000,
  );

  it(
    'tells the story of order 8471: who, when, why, and what it did to the money',
    () =>
      visit('/', async (page) => {
        await page.getByRole('textbox', { name: 'Order ID' }).fill('8471');
        await page.getByRole('button', { name: 'Open' }).click();
        await page.getByRole('heading', { level: 1, name: 'Order 8471' }).waitFor();
        const discount = page.locator('#v2');
        for (const text of ['Discount applied', 'agent 17', 'SAVE10', '89.99 GBP', '79.99 GBP', 'UTC']) {
          await discount.getByText(text).first().waitFor();
        }
        await page.locator('.timeline .refused').getByText('order exists').waitFor();
        // The audit, which reads Kafka alone, has come to the same.
        await eventually({ withinMs: 40_000 }, async () => {
          const facts = await page.locator('.timeline > li[id]').count();
          expect(facts).toBeGreaterThanOrEqual(5);
          expect(await page.locator('.witness.same').count()).toBe(facts);
        });
        // The dossier comes through as it was made.
        await page.getByRole('link', { name: 'Signed dossier' }).waitFor();
        const pdf = await page.request.get(new URL('/orders/8471/dossier?format=pdf', platform.CONSOLE_URL).href);
        expect({ status: pdf.status(), begins: (await pdf.body()).subarray(0, 5).toString() }).toEqual({
          status: 200,
          begins: '%PDF-',
        });
        // What it was before the coupon can still be asked for.
        await page.locator('#v1 a.version').click();
        await page.getByText('as it was at version 1').waitFor();
        expect(await page.locator('.sums .total dd').innerText()).toContain('89.99');
      }),
    120_000,
  );

  it(
    'lets every number of revenue be followed to its events',
    () =>
      visit('/revenue', async (page) => {
        await eventually({ withinMs: 40_000 }, async () => {
          await page.reload();
          expect(await page.locator('#skus tbody tr').count()).toBeGreaterThan(3);
        });
        await page.locator('#skus tbody tr a').first().click();
        await page.getByRole('heading', { name: 'The events behind it' }).waitFor();
        const ofSku = page.url();
        // Or orders would come in between the sum and the last of its events, on a slow machine every time.
        await platform.pause('order-workload');
        try {
          await eventually({ withinMs: 60_000 }, async () => {
            await page.goto(ofSku);
            const net = minor(await page.locator('.totals b').first().innerText());
            let sum = 0;
            for (let pages = 0; pages < 20; pages += 1) {
              for (const text of await page.locator('tbody tr td:last-child').allInnerTexts()) sum += minor(text);
              const later = page.getByRole('link', { name: 'Later events' });
              if ((await later.count()) === 0) break;
              await page.goto(new URL((await later.getAttribute('href')) ?? '', platform.CONSOLE_URL).href);
            }
            expect(sum).toBe(net);
          });
        } finally {
          await platform.resume('order-workload');
        }
        await page.locator('tbody tr td a').first().click();
        await page.getByRole('heading', { level: 1, name: /^Order / }).waitFor();
        expect(new URL(page.url()).hash).toMatch(/^#v\d+$/);
        await page.locator(`${new URL(page.url()).hash}`).waitFor();
      }),
    120_000,
  );

  it(
    'says a sum exactly, though no number of a browser could',
    () =>
      visit('/findings', async (page) => {
        const most = Number.MAX_SAFE_INTEGER - 1;
        for (const [index, part] of [most, most, 1].entries()) {
          const orderId = `exact-${index}`;
          const lines = [{ sku: 'ISLAND', quantity: 1, unitPrice: part }];
          const told = [
            await call(`${platform.ORDERS_URL}/orders`, {
              body: { orderId, customerId: 'c-1', currency: 'JPY', lines },
            }),
            await call(`${platform.ORDERS_URL}/orders/${orderId}/payments`, { body: { paymentId: 'p', amount: part } }),
          ];
          expect(told.map(({ status }) => status)).toEqual([201, 201]);
        }
        await eventually({ withinMs: 40_000 }, async () => {
          await page.goto(new URL('/revenue?currency=JPY', platform.CONSOLE_URL).href);
          expect(await page.locator('.totals b').allInnerTexts()).toEqual(['18,014,398,509,481,981JPY']);
        });
        expect(await page.locator('#skus tbody td.n').allInnerTexts()).toEqual([
          '3',
          ...['18,014,398,509,481,981JPY', '0JPY', '18,014,398,509,481,981JPY'],
        ]);
      }),
    120_000,
  );

  it(
    'lists the findings newest first, or oldest first',
    () =>
      visit('/findings', async (page) => {
        const found = () =>
          page.evaluate<string[]>(
            `[...document.querySelectorAll('#found tbody td:first-child time')].map((time) => time.dateTime)`,
          );
        await page.locator('#found tbody tr').first().waitFor();
        await page.getByRole('link', { name: 'oldest first' }).click();
        await page.locator('a[aria-current]', { hasText: 'oldest first' }).waitFor();
        const oldest = await found();
        expect(oldest).toEqual(oldest.toSorted());
        await page.getByRole('link', { name: 'newest first' }).click();
        await page.locator('a[aria-current]', { hasText: 'newest first' }).waitFor();
        const newest = await found();
        expect(newest).toEqual(newest.toSorted().toReversed());
      }),
    120_000,
  );

  it(
    'says what is away and what that means, and takes it back when it is there again',
    () =>
      visit('/', async (page) => {
        await page.locator('#part-audit.ok').waitFor();
        await platform.pause('audit-projection');
        try {
          await page.locator('#notice-audit-projection').getByText('audit-projection is away').waitFor();
          await page.locator('#part-audit.away').waitFor();
          await page.locator('#part-revenue.ok').waitFor();
        } finally {
          await platform.resume('audit-projection');
        }
        await page.locator('#part-audit.ok').waitFor();
        await page.locator('#notice-audit-projection').waitFor({ state: 'detached' });
      }),
    120_000,
  );

  it(
    'says so when it is gone itself, and goes on when it is back',
    () =>
      visit(
        '/orders',
        async (page) => {
          await page.locator('#orders tbody tr').first().waitFor();
          const gone = page.getByText('This page has lost its server');
          await page.route('**/orders', (route) => route.abort());
          await gone.waitFor();
          await page.unroute('**/orders');
          await gone.waitFor({ state: 'hidden' });
        },
        { tolerated: 'net::ERR_FAILED' }, // what the browser notes of each request that was cut
      ),
    120_000,
  );

  it.each(['/', '/orders', '/orders/8471', '/revenue', '/revenue/sku?sku=LAMP-0042', '/findings'])(
    'reads well on a telephone, in the dark and without scripts: %s',
    async (path) => {
      const telephone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' };
      await visit(
        path,
        async (page) => {
          await page.getByRole('main').getByRole('heading', { level: 1 }).waitFor();
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
          const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
          expect(Math.max(...(paper.match(/\d+/g) ?? []).map(Number))).toBeLessThan(60);
        },
        telephone,
      );
      await visit(
        path,
        async (page) => {
          await page.getByRole('heading', { level: 1 }).waitFor();
          expect(await page.getByRole('link').count()).toBeGreaterThan(4);
        },
        { javaScriptEnabled: false },
      );
    },
    120_000,
  );

  it.each([390, 1280])(
    'keeps an order within a width of %i, whatever its IDs, names and reasons are as long as',
    async (width) => {
      const id = `wide-${width}`;
      const tell = (path: string, body: object) =>
        call(`${platform.ORDERS_URL}/orders${path}`, { body, headers: { 'x-actor': 'A'.repeat(120) } });
      const lines = [
        { sku: 'S'.repeat(64), quantity: 12, unitPrice: 123_456_00 },
        { sku: 'LAMP', quantity: 1, unitPrice: 59_99 },
      ];
      await tell('', { orderId: id, customerId: 'c'.repeat(128), currency: 'GBP', lines });
      await tell(`/${id}/discounts`, { code: 'D'.repeat(64), amount: 1, reason: 'R'.repeat(500) });
      await tell(`/${id}/payments`, { paymentId: 'p'.repeat(128), amount: 100_000_000 });
      await visit(
        `/orders/${id}`,
        async (page) => {
          await page.locator('#v2').waitFor();
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
          const outside = `[...document.querySelectorAll('.sums dd .money, .running dd, .state .rows td.n')].filter((sum) => {
            const [its, around] = [sum, sum.closest('div, table')].map((one) => one.getBoundingClientRect());
            return its.width === 0 || its.right > around.right || its.right > ${width};
          }).map((sum) => sum.textContent.trim())`;
          expect(await page.evaluate(outside)).toEqual([]);
        },
        { viewport: { width, height: 844 } },
      );
    },
    120_000,
  );

  it(
    'has a name for everything that is used',
    () =>
      visit('/revenue', async (page) => {
        const nameless = await page.evaluate<
          string[]
        >(`[...document.querySelectorAll('a, button, input:not([type=hidden]), [role=img]')]
        .filter((element) => {
          const label = element.labels?.[0]?.textContent ?? '';
          return !(element.textContent + label + (element.getAttribute('aria-label') ?? '')).trim();
        })
        .map((element) => element.outerHTML)`);
        expect(nameless).toEqual([]);
        expect(await page.evaluate('document.documentElement.lang')).toBe('en');
      }),
    120_000,
  );
});
