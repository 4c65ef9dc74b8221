import { CommandFailed, messageOf, remedyOf } from './command-failed.js';
import { type ExitCode, exitCodes } from './exit-codes.js';

/**
 * Runs one command to its end and sets the exit code. Ctrl-C (or SIGTERM) asks it to stop in order, by the signal that it
 * is handed; a second one ends it at once.
 */
export async function runCommand(command: (signal: AbortSignal) => Promise<ExitCode>): Promise<void> {
  const stop = new AbortController();
  const asked = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    process.stderr.write(`\norderlog: ${name}: stopping in order; once more stops at once\n`);
    stop.abort(new Interrupted());
  };
  process.on('SIGINT', asked).on('SIGTERM', asked);
  try {
    process.exitCode = await command(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      process.stderr.write('orderlog: stopped\n');
      process.exitCode = exitCodes.interrupted;
      return;
    }
    say(error);
    process.exitCode = exitCodes.failed;
  } finally {
    process.off('SIGINT', asked).off('SIGTERM', asked);
  }
}

class Interrupted extends Error {
  override readonly name = 'AbortError';
}

function say(error: unknown): void {
  const remedy = remedyOf(error);
  process.stderr.write(`orderlog: ${messageOf(error)}\n${remedy ? `  What to do: ${remedy}\n` : ''}`);
  const unexpected = !(error instanceof CommandFailed) && remedy === undefined;
  if (unexpected && error instanceof Error && error.stack) process.stderr.write(`${error.stack}\n`);
}
