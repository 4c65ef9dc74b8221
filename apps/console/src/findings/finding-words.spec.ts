import { describe, expect, it } from '@jest/globals';
import { findingText } from './finding-words.js';
import type { Finding } from './shapes.js';

const duplicate = (detail: Record<string, unknown>): Finding => ({
  ...{ number: 1, orderId: 'o', kind: 'duplicate-order', says: '', subject: 'cmd' },
  detail: { actor: 'batch', attemptedTotal: 8_999, existingTotal: 8_999, ...detail },
  ...{ foundAt: '2026-11-25T09:00:00.000000Z', resolvedAt: null },
});

it('names what each source says where they contradict each other', () => {
  const finding = { ...duplicate({}), kind: 'conflicting-claims', subject: 'v1' };
  const claims = ['orders.csv:2: 89.99 GBP, open', 'orders.csv:3: 79.99 GBP, open'];
  expect(findingText({ ...finding, claims })).toContain(
    'contradicts itself (orders.csv:2: 89.99 GBP, open; orders.csv:3: 79.99 GBP, open): a person decides.',
  );
  expect(findingText(finding)).toContain('contradicts itself: a person decides.');
});

describe('the words of a second order under one ID', () => {
  it.each([
    [{ currency: 'JPY', existingCurrency: 'GBP' }, '8,999 JPY instead of 89.99 GBP'],
    [{ currency: 'GBP', existingCurrency: null }, '89.99 GBP instead of 89.99 GBP'],
    [{ currency: 'GBP' }, '89.99 GBP instead of 89.99 GBP'],
  ])('%j', (detail, said) => expect(findingText(duplicate(detail))).toContain(said));
});
