import { expect, it } from '@jest/globals';
import { DamagedHead } from '@orderlog/event-store';
import { now } from '@orderlog/instant';
import { messageOf, remedyOf } from './command-failed.js';

it('a last fact whose time cannot be true is named by its position, with the way to put it right', () => {
  const failed = new Error('the import has stopped', { cause: new DamagedHead(17, 'infinity', now()) });
  expect(messageOf(failed)).toMatch(/^the import has stopped: the last fact, at position 17, .* cannot be true/);
  expect(remedyOf(failed)).toMatch(/orderlog verify.*orderlog recover/);
});
