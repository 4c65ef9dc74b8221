import { CommandFailed, messageOf, remedyOf } from './command-failed.js';
import { type ExitCode, exitCodes } from './exit-codes.js';

/**
 * Runs one command to its end and sets the exit code. Ctrl-C (or SIGTERM) asks it to stop in order, by the signal that it
 * is handed; a second one ends it at once.
 * @param tell where it says what went wrong: stderr
 */
export async function runCommand(
  command: (signal: AbortSignal) => Promise<ExitCode>,
  tell: (text: string) => void = (text) => void process.stderr.write(text),
): Promise<void> {
  const stop = new AbortController();
  const asked = (name: NodeJS.Signals) => {
    if (stop.signal.aborted) process.exit(exitCodes.interrupted);
    tell(`\norderlog: ${name}: stopping in order; once more stops at once\n`);
    stop.abort(new Interrupted());
  };
  process.on('SIGINT', asked).on('SIGTERM', asked);
  try {
    process.exitCode = await command(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) {
      tell('orderlog: stopped\n');
      process.exitCode = exitCodes.interrupted;
      return;
    }
    tell(faultOf(error));
    process.exitCode = exitCodes.failed;
  } finally {
    process.off('SIGINT', asked).off('SIGTERM', asked);
  }
}

class Interrupted extends Error {
  override readonly name = 'AbortError';
}

/** What is wrong and what to do, in a line each; with where, if nobody has thought of it. */
function faultOf(error: unknown): string {
  const remedy = remedyOf(error);
  const unexpected = !(error instanceof CommandFailed) && remedy === undefined;
  const stack = unexpected && error instanceof Error && error.stack ? `${error.stack}\n` : '';
  return `orderlog: ${messageOf(error)}\n${remedy ? `  What to do: ${remedy}\n` : ''}${stack}`;
}
