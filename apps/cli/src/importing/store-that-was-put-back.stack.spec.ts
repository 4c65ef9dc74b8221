import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Config } from '../config.js';
import { runCurrentState } from '../importing-current-state/run-current-state.js';
import { runImport } from '../importing-online-retail/run-import.js';
import { recover } from '../recovering/recover.js';
import { type Branch, openShop, placed, type Shop } from '../recovering/testing/shop.js';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'orderlog-put-back-'));
let shop: Shop;
let restored: Branch;
beforeAll(async () => {
  shop = await openShop();
  await shop.tell('before', placed());
  restored = await shop.copy();
  await shop.tell('after', placed());
  await shop.relay();
}, 60_000);
afterAll(async () => {
  await shop.close();
  rmSync(folder, { recursive: true });
}, 60_000);

const file = (name: string, ...lines: string[]): string => {
  writeFileSync(join(folder, name), [...lines, ''].join('\n'));
  return join(folder, name);
};
const report = join(folder, 'refused.csv');
const imports: [string, (config: Config) => Promise<unknown>][] = [
  [
    'of a table',
    (config) =>
      runCurrentState(
        file('orders.csv', 'id,total,currency', 'legacy-1,10.00,GBP', 'legacy-2,12.50,GBP'),
        { timeZone: 'UTC', encoding: 'utf-8', mostRows: 100, json: true, report },
        config,
        signal,
      ),
  ],
  [
    'of the retailer’s file',
    (config) =>
      runImport(
        file(
          'retail.csv',
          'Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country',
          'i1,A,THING,1,2010-06-01 12:00:00,1.50,7,UK',
        ),
        { wait: false, encoding: 'utf-8', mostLines: 100, json: true, report },
        config,
        signal,
      ),
  ],
];

describe.each(imports)('an import %s', (_, bring) => {
  it('is refused while the store is behind its topic', async () => {
    const facts = await restored.facts();
    const refused = bring(restored.config);
    await expect(refused).rejects.toThrow('the store ends at position 1 and the topic at 2: it was put back');
    await expect(refused).rejects.toMatchObject({ remedy: expect.stringContaining('run `orderlog recover`') });
    expect(await restored.facts()).toEqual(facts);
  }, 60_000);

  it('is refused where the topic cannot be asked', async () => {
    const refused = bring({ ...restored.config, KAFKA_BROKERS: '127.0.0.1:1' });
    await expect(refused).rejects.toThrow('whether the store is behind its topic is not known');
    await expect(refused).rejects.toMatchObject({ remedy: expect.stringContaining('Start Kafka') });
  }, 60_000);
});

it('goes on once the facts are back', async () => {
  await recover({ config: restored.config, signal, onStep: () => undefined });
  for (const [, bring] of imports) expect(await bring(restored.config)).toBe(0);
  expect(await restored.facts()).toHaveLength(6);
}, 60_000);
