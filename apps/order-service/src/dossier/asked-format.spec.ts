import { expect, it } from '@jest/globals';
import { formatFor } from './asked-format.js';

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
  ['image/png', undefined],
])('Accept %j is answered as %s', (accept, format) => expect(formatFor(accept)).toBe(format));
