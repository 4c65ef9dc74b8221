import { describe, expect, it } from '@jest/globals';
import { noState } from '@orderlog/order-contract';
import { LatestStates } from './latest-states.js';

const at = (version: number) => ({ ...noState, version });

describe('the latest states', () => {
  it('are the ones used last, up to a limit', () => {
    const states = new LatestStates(2);
    states.keep('a', at(1));
    states.keep('b', at(1));
    expect(states.get('a')).toEqual(at(1));
    states.keep('c', at(1));
    expect([states.get('a'), states.get('b'), states.get('c')]).toEqual([at(1), undefined, at(1)]);
  });

  it('are never more than the limit', () => {
    const states = new LatestStates(10);
    for (let order = 0; order < 100; order++) {
      states.keep(`o-${order}`, at(1));
      states.get(`o-${order - 7}`);
      expect(states.size).toBeLessThanOrEqual(10);
    }
    expect(states.size).toBeGreaterThanOrEqual(5);
  });

  it('never go back to an older version', () => {
    const states = new LatestStates(2);
    states.keep('a', at(3));
    states.keep('a', at(2));
    expect(states.get('a')).toEqual(at(3));
    states.forget('a');
    expect(states.get('a')).toBeUndefined();
  });

  it('may be none at all', () => {
    const states = new LatestStates(0);
    states.keep('a', at(1));
    expect(states.size).toBe(0);
  });
});
