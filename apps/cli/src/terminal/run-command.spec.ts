import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fromStored } from '@orderlog/order-contract';
import { CommandFailed } from './command-failed.js';
import { exitCodes } from './exit-codes.js';
import { runCommand } from './run-command.js';

/** What a command leaves behind, for whoever called it: its exit code, and what it says on stderr. */
async function ended(command: Parameters<typeof runCommand>[0]): Promise<{ code: unknown; says: string }> {
  let says = '';
  await runCommand(command, (text) => (says += text));
  return { code: process.exitCode, says };
}

let before: typeof process.exitCode;
beforeEach(() => {
  before = process.exitCode;
});
afterEach(() => {
  process.exitCode = before;
});

describe('a command', () => {
  it('ends with the code that it says', async () => {
    expect(await ended(async () => exitCodes.done)).toEqual({ code: 0, says: '' });
    expect(await ended(async () => exitCodes.findings)).toEqual({ code: 3, says: '' });
  });

  it('that fails says what is wrong and what to do, in a line each', async () => {
    const { code, says } = await ended(() => Promise.reject(new CommandFailed('there is no file x', 'Give its path.')));
    expect(code).toBe(1);
    expect(says).toBe('orderlog: there is no file x\n  What to do: Give its path.\n');
  });

  it('that cannot reach a part says where it was looked for', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:7432'), { code: 'ECONNREFUSED' });
    const { says } = await ended(() => Promise.reject(new Error('fetch failed', { cause: refused })));
    expect(says).toContain('fetch failed: connect ECONNREFUSED 127.0.0.1:7432');
    expect(says).toContain('What to do: Start the platform');
  });

  it('that meets a Kafka that took the connection and never answered says so, without a stack', async () => {
    const { code, says } = await ended(() => Promise.reject(new Error('Broker not connected')));
    expect(code).toBe(1);
    expect(says).toBe('orderlog: Broker not connected\n  What to do: Is Kafka running, and KAFKA_BROKERS right?\n');
  });

  it('that meets a fact of a newer release says which, and who can read it', async () => {
    const newer = { type: 'OrderPlaced', schemaVersion: 99, data: {} };
    const { says } = await ended(async () => {
      fromStored(newer);
      return exitCodes.done;
    });
    expect(says).toMatch(
      /^orderlog: OrderPlaced is stored in version 99.*\n {2}What to do: .*use the one that wrote them/,
    );
  });

  it('that breaks in a way that nobody has thought of shows where', async () => {
    const { says } = await ended(() => Promise.reject(new TypeError('x is not a function')));
    expect(says).toMatch(/x is not a function\n[\s\S]*run-command\.spec/);
  });

  it('is asked to stop in order by Ctrl-C, and leaves no listener behind', async () => {
    const listeners = process.listenerCount('SIGINT');
    const { code, says } = await ended(async (signal) => {
      setImmediate(() => process.emit('SIGINT', 'SIGINT'));
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
      return exitCodes.done;
    });
    expect(code).toBe(130);
    expect(says).toContain('once more stops at once');
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });
});
