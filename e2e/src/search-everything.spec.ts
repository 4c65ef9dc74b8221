import { describe, expect, it } from '@jest/globals';
import { formsOf } from './search-everything.js';

describe('the forms of a text', () => {
  it.each([0, 1, 2, 3, 4])('find it in base64 behind %i other bytes', (before) => {
    const encoded = Buffer.from(`${'x'.repeat(before)}Grace Hopper, and more`).toString('base64');
    expect(formsOf('Grace Hopper').some((form) => encoded.includes(form))).toBe(true);
    expect(formsOf('Grace Topper').some((form) => encoded.includes(form))).toBe(false);
  });

  it('find it as JSON and as hexadecimal', () => {
    expect(formsOf('“a”\n')).toContain('“a”\\n');
    expect(formsOf('é')).toContain('c3a9');
  });
});
