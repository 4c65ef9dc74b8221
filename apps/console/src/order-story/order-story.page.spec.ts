import { describe, expect, it } from '@jest/globals';
import { orderStoryPage } from './order-story.page.js';

describe('the story of an order', () => {
  it('says nothing of what the audit saw the same while order-service is away', () => {
    const away = {
      ok: false as const,
      service: 'order-service' as const,
      status: null,
      reason: 'nobody listens there',
    };
    const audited = {
      ok: true as const,
      value: {
        facts: [{ version: 1, hash: 'abc', hashHolds: true }],
        ...{ attempts: [], findings: [], nextCursor: null },
      },
    };
    const { text: page } = orderStoryPage('8471', {
      state: away,
      history: away,
      audited,
      version: undefined,
      after: 0,
    });
    expect(page).toContain('What the audit saw cannot be compared.');
    expect(page).not.toContain('the same.');
    expect(page).not.toContain('class="verdict ok"');
  });

  it('says whose a payment’s ID is that somebody used again', () => {
    const at = '2026-11-25T09:00:00.000000Z';
    const fact = {
      ...{ version: 2, position: 2, eventId: 'e', type: 'PaymentCaptured', occurredAt: at, recordedAt: at },
      ...{ recordedLate: false, actor: null, reason: null, command: { type: 'CapturePayment', id: 'b' } },
      ...{ correlationId: null, origin: null, difference: [], hash: 'abc' },
    };
    const attempt = {
      ...{ commandId: 'c', command: 'CapturePayment', refusal: 'payment-id-used', attemptedAt: at, orderVersion: 2 },
      ...{ actor: null, reason: null, currency: 'GBP', amount: 8_999, allowed: null },
      ...{ existingTotal: null, existingCurrency: null, used: { id: 'p-1', amount: 7_999 } },
    };
    const { text: page } = orderStoryPage('8471', {
      state: { ok: false, service: 'order-service', status: null, reason: 'away' },
      history: { ok: true, value: { version: 2, facts: [fact], nextAfterVersion: null } },
      audited: { ok: true, value: { facts: [], attempts: [attempt], findings: [], nextCursor: null } },
      ...{ version: undefined, after: 0 },
    });
    expect(page).toContain('CapturePayment, 89.99 GBP; p-1 is of 79.99 GBP.');
  });

  it('shows in what the rows of an order on hold contradict each other, also where total and status are the same', () => {
    const at = '2026-11-25T09:00:00.000000Z';
    const claim = { total: 500, status: 'open', origin: 'orders.csv:2', customerId: 'c-1', captured: 0 };
    const state = {
      ...{
        orderId: '8471',
        version: 1,
        status: 'on-hold',
        customerId: 'c-1',
        currency: 'GBP',
        placedAt: at,
        recordedAt: at,
      },
      ...{ total: 500, captured: 0, refunded: 0, owed: 500, lines: [], discounts: [], payments: [], refunds: [] },
      hold: { claims: [claim, { ...claim, origin: 'orders.csv:3', captured: 500 }], decision: null },
    };
    const unanswered = { ok: false as const, service: 'audit-projection' as const, status: null, reason: 'away' };
    const { text: page } = orderStoryPage('8471', {
      state: { ok: true, value: state },
      history: { ok: true, value: { version: 1, facts: [], nextAfterVersion: null } },
      ...{ audited: unanswered, version: undefined, after: 0 },
    });
    expect(page).toContain('5.00 GBP, open, captured 0.00 GBP, customer c-1, by');
    expect(page).toContain('5.00 GBP, open, captured 5.00 GBP, customer c-1, by');
  });
});
