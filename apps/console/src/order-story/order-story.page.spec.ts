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
});
