import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startService, type RunningService } from '@orderlog/service-kit';
import 'reflect-metadata';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AppModule } from './app.module.js';
import { log } from './signals.js';

/** A port that nobody listens on. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('while every service is away', () => {
  let console: RunningService;

  beforeAll(async () => {
    log.setLevel('silent');
    const away = `http://127.0.0.1:${await closedPort()}`;
    const urls = {
      'order-service': away,
      'outbox-relay': away,
      'revenue-projection': away,
      'audit-projection': away,
    };
    console = await startService({
      name: 'console',
      about: '',
      module: AppModule.with({ urls, askLimitMs: 1_000 }),
      host: '127.0.0.1',
      port: 0,
      log,
      stopOnSignals: false,
    });
  });
  afterAll(async () => {
    await console.stop('the tests are over');
    log.setLevel('info');
  });

  const open = async (path: string) => {
    const answer = await fetch(new URL(path, console.url), { redirect: 'manual' });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };

  it('is ready: it is worth most now', async () => {
    expect((await open('/health/ready')).status).toBe(200);
  });

  it('says on the first page what is away, and what that means', async () => {
    const { status, text } = await open('/');
    expect(status).toBe(200);
    for (const service of ['order-service', 'outbox-relay', 'revenue-projection', 'audit-projection']) {
      expect(text).toContain(`${service} is away: nobody listens there.`);
    }
    expect(text).toContain('No order can be placed');
    expect(text.match(/class="part away"/g)).toHaveLength(4);
  });

  it.each([
    ['/orders', 'Orders cannot be shown.'],
    ['/orders/8471', 'What happened cannot be shown.'],
    ['/revenue', 'Revenue cannot be shown.'],
    ['/revenue?days=&from=2026-11-01&to=&like=&currency=', 'Revenue cannot be shown.'],
    ['/revenue/sku?sku=85048', 'The events cannot be shown.'],
    ['/findings', 'The findings cannot be shown.'],
  ])('still has a page at %s', async (path, says) => {
    const { status, text } = await open(path);
    expect(status).toBe(200);
    expect(text).toContain(says);
  });

  it.each([
    ['/orders/8471?verison=3', 'verison', 'leave it out, or did you mean version?'],
    ['/orders/8471?version=0x3', 'version', 'send a version: a whole number from 1, in decimal digits'],
    ['/orders/8471?after=1e1', 'after', 'send the version to go on after: a whole number from 0, in decimal digits'],
    [
      '/revenue?days=%2090',
      'days',
      'send today (UTC) and the days before: a whole number from 1 to 36600, in decimal digits',
    ],
    ['/findings?knid=gap', 'knid', 'leave it out, or did you mean kind?'],
    ['/?days=7', 'days', 'leave it out; nothing is known in this query'],
  ])('shows no page that was not asked for: %s', async (path, field, remedy) => {
    const { status, text } = await open(path);
    expect({ status, body: JSON.parse(text) as unknown }).toMatchObject({
      status: 400,
      body: { errors: [{ field, in: 'query', remedy }] },
    });
  });

  it('says so where a dossier was asked for', async () => {
    const { status, text } = await open('/orders/8471/dossier?format=pdf');
    expect(status).toBe(503);
    expect(text).toContain('The dossier cannot be shown.');
  });

  it('lets nothing into a page that is not its own', async () => {
    const { headers, text } = await open(`/orders/${encodeURIComponent('<script>alert(1)</script>')}`);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).not.toContain('<script>alert');
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('keeps what pages need beside their HTML, each under an address of its content', async () => {
    const { text } = await open('/');
    const assets = [...text.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g)].map(([, path]) => path as string);
    expect(assets).toHaveLength(3);
    for (const path of assets) {
      const { status, headers } = await open(path.replace('&amp;', '&'));
      expect({ path, status, cached: headers.get('cache-control') }).toEqual({
        path,
        status: 200,
        cached: 'public, max-age=31536000, immutable',
      });
    }
    expect((await open('/assets/..%2Fmain.js')).status).toBe(404);
  });

  it('leads from the field at the top to the order', async () => {
    const { status, headers } = await open('/orders/find?id=%238471');
    expect({ status, to: headers.get('location') }).toEqual({ status: 303, to: '/orders/8471' });
  });
});
