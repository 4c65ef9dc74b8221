import { describe, expect, it } from '@jest/globals';
import { isDatabaseTrouble, isPartAway, isRefusedData, isUnavailable, sentenceOf } from './failures.js';

const failed = (fields: object, message = 'x'): Error => Object.assign(new Error(message), fields);

describe('what went wrong', () => {
  it.each([
    ['a NUL in a text', failed({ code: '22021' }), { refused: true, trouble: false, away: false }],
    ['a key that is there', failed({ code: '23505' }), { refused: true, trouble: false, away: false }],
    ['a server that is shutting down', failed({ code: '57P01' }), { refused: false, trouble: true, away: true }],
    ['a table that is not there', failed({ code: '42P01' }), { refused: false, trouble: true, away: false }],
    ['a deadlock', failed({ code: '40P01' }), { refused: false, trouble: true, away: false }],
    ['nobody at the port', failed({ code: 'ECONNREFUSED' }), { refused: false, trouble: true, away: true }],
    [
      'a driver’s limit',
      failed({}, 'timeout exceeded when trying to connect'),
      { refused: false, trouble: true, away: true },
    ],
    ['Kafka', failed({ name: 'KafkaJSConnectionError' }), { refused: false, trouble: false, away: true }],
    [
      'a broker that never answered',
      failed({}, 'Broker not connected'),
      { refused: false, trouble: false, away: true },
    ],
    ['a fault of ours', new TypeError('x is not a function'), { refused: false, trouble: false, away: false }],
    ['no error at all', undefined, { refused: false, trouble: false, away: false }],
  ])('%s', (_, error, { refused, trouble, away }) => {
    expect(isRefusedData(error)).toBe(refused);
    expect(isDatabaseTrouble(error)).toBe(trouble);
    expect(isPartAway(error)).toBe(away);
  });

  it('is waited for where the registry is away, also as a cause, and nothing else of reading is', () => {
    expect(isUnavailable(failed({ name: 'RegistryUnavailable' }))).toBe(true);
    expect(isUnavailable(new Error('fetch failed', { cause: failed({ code: 'ECONNREFUSED' }) }))).toBe(true);
    expect(isUnavailable(failed({ name: 'UnknownSchema' }))).toBe(false);
    expect(isUnavailable(new SyntaxError('x'))).toBe(false);
  });

  it('is one sentence, with its cause and without a NUL', () => {
    expect(sentenceOf(new TypeError('a\u0000b', { cause: new Error('c') }))).toBe(
      'TypeError: a\uFFFDb; because of Error: c',
    );
    expect(sentenceOf('x')).toBe('something that is not an error was thrown');
  });
});
