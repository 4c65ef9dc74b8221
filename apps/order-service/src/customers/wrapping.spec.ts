import { describe, expect, it } from '@jest/globals';
import { Wrapping } from './wrapping.js';

const [older, newer, third] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];
const wrapped = new Wrapping(older, undefined).make('k-1');
const key = new Wrapping(older, undefined).open('k-1', wrapped);

describe('the wrapping of customers’ keys', () => {
  it('is opened by its own key, for its own key ID', () => {
    expect(key).toHaveLength(32);
    expect(() => new Wrapping(newer, undefined).open('k-1', wrapped)).toThrow();
    expect(() => new Wrapping(older, undefined).open('k-2', wrapped)).toThrow();
  });

  it('is opened by either while one is changed for the other, whichever comes first', () => {
    expect(new Wrapping(newer, older).open('k-1', wrapped)).toEqual(key);
    expect(new Wrapping(older, newer).open('k-1', wrapped)).toEqual(key);
    expect(() => new Wrapping(newer, third).open('k-1', wrapped)).toThrow();
  });

  it('is made anew under the first, where it was under the other', () => {
    const changing = new Wrapping(newer, older);
    const anew = changing.anew('k-1', wrapped) as Buffer;
    expect(new Wrapping(newer, undefined).open('k-1', anew)).toEqual(key);
    expect(() => new Wrapping(older, undefined).open('k-1', anew)).toThrow();
    expect(changing.anew('k-1', anew)).toBeUndefined();
    expect(new Wrapping(third, newer).anew('k-1', wrapped)).toBe('unopened');
  });
});
