/** What a script can tell from how a command ended; docs and `--help` say the same. */
export const exitCodes = {
  done: 0,
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** It ran to its end, and found something that a person has to look at. */
  findings: 3,
  /** Stopped by Ctrl-C, in order; running it again goes on. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
