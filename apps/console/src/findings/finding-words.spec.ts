import { describe, expect, it } from '@jest/globals';
import { findingText } from './finding-words.js';
import type { Finding } from './shapes.js';

const duplicate = (detail: Record<string, unknown>): Finding => ({
  ...{ number: 1, orderId: 'o', kind: 'duplicate-order', says: '', subject: 'cmd' },
  detail: { actor: 'batch', attemptedTotal: 8_999, existingTotal: 8_999, ...detail },
  ...{ foundAt: '2026-11-25T09:00:00.000000Z', resolvedAt: null },
});

describe('the words of a second order under one ID', () => {
  it.each([
    [{ currency: 'JPY', existingCurrency: 'GBP' }, '8,999 JPY instead of 89.99 GBP'],
    [{ currency: 'GBP', existingCurrency: null }, '89.99 GBP instead of 89.99 GBP'],
    [{ currency: 'GBP' }, '89.99 GBP instead of 89.99 GBP'],
  ])('%j', (detail, said) => expect(findingText(duplicate(detail))).toContain(said));
});
