import { expect, it } from '@jest/globals';
import { formats, preferredOf } from './asked-format.js';

it.each([
  [undefined, 'json'],
  ['', 'json'],
  ['*/*', 'json'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'html'],
  ['application/pdf', 'pdf'],
  ['application/pdf;q=0.4, text/html;q=0.9', 'html'],
  ['text/*', 'html'],
  ['Application/PDF ; Q=1', 'pdf'],
  ['text/html;q=0, application/pdf', 'pdf'],
  ['application/json;q=0, */*', 'html'],
  ['*/*, application/*;q=0', 'html'],
  ['text/html;q=0.1, text/*, application/pdf;q=0.2', 'pdf'],
  ['application/pdf;q=2', undefined],
  ['application/pdf;q=much', undefined],
  ['*/*;q=0', undefined],
  ['image/png', undefined],
  [',', undefined],
])('Accept %j is answered as %s', (accept, format) => expect(preferredOf(accept, formats)).toBe(format));
