import { describe, expect, it } from '@jest/globals';
import { cutOff, type Difference } from './known-facts.js';
import { keyIsBack } from './verify-customers.js';
import { wayOn } from './way-on.js';

const at = (where: Difference['where'], what = 'something else'): Difference => ({
  ...{ where, what, order: 'o', version: 1, position: 1 },
});

describe('the way on from what differs', () => {
  it.each([
    ['a store that ends too early', [at('topic', `the store ends at 7: ${cutOff}`), at('store')], 'orderlog recover'],
    ['a store that was changed, whatever else differs', [at('topic'), at('store'), at('audit')], 'keep a copy of all'],
    ['a topic alone, or with those who have read it', [at('audit'), at('topic')], 'orderlog republish'],
    ['the states on the topic', [at('audit'), at('states')], 'N its last version'],
    ['a message where none belongs', [at('topic')], 'a tombstone under that key'],
    ['a key that came back', [at('customers', `it is destroyed, ${keyIsBack}`), at('audit')], 'start order-service'],
    ['keys that are gone', [at('customers')], 'newest backup'],
    ['answers', [at('commands')], 'remove the wrong rows'],
    ['the audit', [at('audit')], 'orderlog replay audit-projection'],
    ['revenue', [at('revenue')], 'orderlog replay revenue-projection'],
    ['refused commands', [at('attempts')], 'orderlog recover'],
  ] as const)('%s', (_what, differences, says) => expect(wayOn(differences)).toContain(says));
});
