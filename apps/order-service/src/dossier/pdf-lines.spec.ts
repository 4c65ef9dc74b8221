import { describe, expect, it } from '@jest/globals';
import bidiFactory, { type Bidi } from 'bidi-js';
import fc from 'fast-check';
import { breaks, inOrderOfTheEye } from './pdf-lines.js';

/** As if each character were 10 wide. */
const tens = (text: string): number => Array.from(text).length * 10;
const linesOf = (text: string, width: number): string[] =>
  breaks(text, width, tens).map(([start, end]) => text.slice(start, end));

describe('a text is broken', () => {
  it.each([
    ['customer called twice', 150, ['customer called', 'twice']],
    ['customer called', 80, ['customer', 'called']],
    ['customer called  ', 150, ['customer called']],
    ['0192f0c1-7d0e-7cc3', 100, ['0192f0c1-', '7d0e-7cc3']],
    ['60303ae2f1', 40, ['6030', '3ae2', 'f1']],
    ['約束を守ってください。退款', 60, ['約束を守って', 'ください。退', '款']],
    ['約束を。', 30, ['約束', 'を。']],
    ['고객이 전화했습니다', 60, ['고객이', '전화했습니다']],
    ['-5.00 and -6.00', 60, ['-5.00', 'and', '-6.00']],
    ['', 60, ['']],
  ])('where it may be: %j', (text, width, lines) => expect(linesOf(text, width)).toEqual(lines));

  it('so that nothing is lost, no line is too wide, and none could have taken the next word', () => {
    const text = fc
      .array(fc.constantFrom('a', 'bc', 'defgh', 'ijklmnopqrst', ' ', '  ', '-', '約束', '。', '😀', 'é', 'שלום'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (text, most) => {
        const lines = linesOf(text, most * 10);
        expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
        for (const line of lines) expect(tens(line.trimEnd())).toBeLessThanOrEqual(most * 10);
        const words = text.split(' ');
        if (/^([a-z]+ )*[a-z]+$/.test(text) && words.every((word) => word.length <= most)) {
          lines.forEach((line, index) => {
            const next = lines[index + 1]?.trim().split(' ')[0];
            if (next !== undefined) expect(tens(`${line} ${next}`)).toBeGreaterThan(most * 10);
          });
        }
      }),
    );
  });

  it('and never in the middle of a character, however narrow the line', () => {
    expect(linesOf('😀🚚', 5)).toEqual(['😀', '🚚']);
  });
});

describe('a line that reads from the right', () => {
  const bidi = (bidiFactory as unknown as () => Bidi)();
  const levelsOf = (text: string) => bidi.getEmbeddingLevels(text, 'ltr').levels;
  /** The line as it looks: what reads leftwards is turned round. */
  const seen = (text: string): string =>
    inOrderOfTheEye(text, 0, text.length, levelsOf(text))
      .map(({ text, leftwards }) => (leftwards ? Array.from(text).reverse().join('') : text))
      .join('');

  it.each([
    ['call 42 back', 'call 42 back'],
    ['אבג', 'גבא'],
    ['ref (אבג) 42', 'ref (גבא) 42'],
    ['אבג 12.50 דהו', 'והד 12.50 גבא'],
    ['אבג (דהו) זח', 'חז (והד) גבא'],
  ])('stands in the order of the eye: %s', (text, looks) => expect(seen(text)).toBe(looks));

  it('is what the whole algorithm makes of it', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', ' ', '1', '2', '.', '(', ')', 'א', 'ב', 'ع', '٣', '-'))
      .map((all) => all.join(''));
    fc.assert(
      fc.property(text, (text) => {
        expect(seen(text)).toBe(bidi.getReorderedString(text, bidi.getEmbeddingLevels(text, 'ltr')));
      }),
    );
  });
});
