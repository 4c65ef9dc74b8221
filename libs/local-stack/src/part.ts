/** A part did not come up. The message is for the person at the terminal: what, why, and which file says more. */
export class PartFailed extends Error {}

/** A part runs, and is not ready before a person has done what the message says: no start is given up for that. */
export class WaitsForPerson extends Error {}

/** How a process of a part is started. Arguments are handed over as they are: no shell, so a space is a space. */
export interface Launch {
  command: string;
  args: readonly string[];
  /** On top of our own environment; undefined takes a name away. */
  env?: Record<string, string | undefined>;
  /** The repository's root by default. */
  cwd?: string;
}

/** Parts stop stage by stage, in this order: who sends first, what keeps the facts last. */
export const stages = ['workload', 'app', 'relay', 'registry', 'kafka', 'postgres'] as const;

/** One process of the stack, as data: how to start it, how to know that it is ready, and for how long to wait. */
export interface Part {
  /** Also the name of its pid and log file. */
  name: string;
  stage: (typeof stages)[number];
  /** What it listens on, and the variable that moves it elsewhere. */
  ports: readonly { port: number; variable: string }[];
  /** Makes what a start needs (a data directory); runs before every start, so it leaves alone what is there. */
  prepare?(say: (sentence: string) => void): Promise<void>;
  launch(): Launch;
  /** Throws while the part is not ready yet; WaitsForPerson where it will not be by itself. Not called for a part that has nothing to ask. */
  ready?(): Promise<unknown>;
  readyWithinMs: number;
  stopSignal: 'SIGTERM' | 'SIGINT';
  stopWithinMs: number;
}
