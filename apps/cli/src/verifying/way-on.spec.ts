import { describe, expect, it } from '@jest/globals';
import { cutOff, type Difference } from './known-facts.js';
import { wayOn } from './way-on.js';

const at = (where: Difference['where'], what = 'something else'): Difference => ({
  ...{ where, what, order: 'o', version: 1, position: 1 },
});

describe('the way on from what differs', () => {
  it.each([
    ['a store that ends too early', [at('topic', `the store ends at 7: ${cutOff}`), at('store')], 'orderlog recover'],
    ['a store that was changed, whatever else differs', [at('topic'), at('store'), at('audit')], 'keep a copy of all'],
    ['a topic alone, or with those who have read it', [at('audit'), at('topic')], 'orderlog republish'],
    ['the audit', [at('audit')], 'orderlog replay audit-projection'],
    ['revenue', [at('revenue')], 'orderlog replay revenue-projection'],
    ['refused commands', [at('attempts')], 'orderlog recover'],
  ] as const)('%s', (_what, differences, says) => expect(wayOn(differences)).toContain(says));
});
