import { expect, it } from '@jest/globals';
import { shownAs } from './shown-text.js';

it('shows what shows nothing, or turns the text around it, as its code', () => {
  expect(shownAs('10\u202e01')).toBe('10[U+202E]01');
  expect(shownAs('10\u061c01\u2028paid')).toBe('10[U+061C]01[U+2028]paid');
  expect(shownAs('a\u200bb\u0007')).toBe('a[U+200B]b[U+0007]');
  expect(shownAs('£10 < €12, 約束, „Щедрость“ ₹')).toBe('£10 < €12, 約束, „Щедрость“ ₹');
});
