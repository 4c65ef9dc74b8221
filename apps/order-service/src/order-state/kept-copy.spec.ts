import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { hasKeptCopy } from './kept-copy.js';

describe('a copy that a caller has', () => {
  it.each(['"3"', 'W/"3"', '"1", "3"', '"1",W/"3" ,', '*', ' * ', '"a,b", "3"'])('is the answer: %s', (header) =>
    expect(hasKeptCopy(header, '"3"')).toBe(true),
  );

  it.each([undefined, '', '3', '"33"', '"2", W/"1"', '"3', "'3'", '"3-of-4"', 'w3', '"a,3"', '"*"'])(
    'is another: %s',
    (header) => expect(hasKeptCopy(header, '"3"')).toBe(false),
  );

  it('of an answer without a good tag is none, whatever it is called', () => {
    expect(hasKeptCopy('"3"', undefined)).toBe(false);
    expect(hasKeptCopy('*', undefined)).toBe(true);
  });

  it('is found among any others, and only there', () => {
    const tag = fc.stringMatching(/^[\x21\x23-\x7e]{0,12}$/).map((text) => `"${text}"`);
    const weak = fc.boolean();
    fc.assert(
      fc.property(fc.array(fc.tuple(weak, tag), { minLength: 1 }), tag, (tags, other) => {
        const header = tags.map(([isWeak, text]) => (isWeak ? `W/${text}` : text)).join(', ');
        for (const [, text] of tags) expect(hasKeptCopy(header, text)).toBe(true);
        expect(hasKeptCopy(header, other)).toBe(tags.some(([, text]) => text === other));
      }),
    );
  });
});
