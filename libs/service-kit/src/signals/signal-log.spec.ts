import { describe, expect, it } from '@jest/globals';
import { describeError, signalLog } from './signal-log.js';

const list = {
  'relay.sent': { level: 'debug', fields: ['rows'], says: 'rows left for Kafka' },
  'relay.lease-lost': {
    level: 'warn',
    fields: ['partition', 'error'],
    says: 'another relay has the partition',
    then: 'nothing, if rare',
  },
  'relay.idle': { level: 'info', fields: [], says: 'nothing to do' },
} as const;

function written() {
  const lines: Record<string, unknown>[] = [];
  const log = signalLog('outbox-relay', list, {
    to: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, log };
}

describe('a log of signals', () => {
  it('writes a line with the name, the sentence, the fields and what to do', () => {
    const { lines, log } = written();
    log('relay.lease-lost', { partition: 3, error: new Error('gone') });
    log('relay.idle');
    expect(lines).toEqual([
      {
        level: 'warn',
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        app: 'outbox-relay',
        signal: 'relay.lease-lost',
        partition: 3,
        error: 'Error: gone',
        then: 'nothing, if rare',
        says: 'another relay has the partition',
      },
      expect.objectContaining({ signal: 'relay.idle', level: 'info' }),
    ]);
  });

  it('writes the fields of the list and nothing else', () => {
    const { lines, log } = written();
    const fields = { partition: 1, error: null, email: 'ada@example.org' };
    log('relay.lease-lost', fields);
    expect(JSON.stringify(lines)).not.toContain('ada@example.org');
  });

  it('keeps quiet below its level, but is heard', async () => {
    const { lines, log } = written();
    const heard = log.heard('relay.sent', { withinMs: 100, where: ({ rows }) => rows === 2 });
    log('relay.sent', { rows: 1 });
    log('relay.sent', { rows: 2 });
    await expect(heard).resolves.toEqual({ rows: 2 });
    expect(lines).toEqual([]);
    log.setLevel('debug');
    log('relay.sent', { rows: 3 });
    expect(lines).toHaveLength(1);
  });

  it('says so when a signal does not come', async () => {
    await expect(written().log.heard('relay.idle', { withinMs: 5 })).rejects.toThrow('relay.idle was not heard');
  });
});

describe('an error in one line', () => {
  it('tells its causes and codes, and none of its other properties', () => {
    const error = new Error('cannot append', {
      cause: Object.assign(new Error('connect'), { code: 'ECONNREFUSED', detail: 'Key (email)=(ada@example.org)' }),
    });
    expect(describeError(error)).toBe('Error: cannot append; because of Error: connect (ECONNREFUSED)');
    expect(describeError(new AggregateError([new Error('a')]))).toBe('Error: a');
    expect(describeError(undefined)).toBe('');
  });
});
