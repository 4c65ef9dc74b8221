import type { LoggerService } from '@nestjs/common';
import { describeError, type SignalLog } from './signal-log.js';
import type { kitSignals } from './kit-signals.js';

/** Nest's own logger, on our list of signals: warnings and errors only, its chatter at start is left out. */
export class NestLog implements LoggerService {
  constructor(private readonly tell: SignalLog<typeof kitSignals>) {}
  log(): void {}
  warn(message: unknown, ...rest: unknown[]): void {
    this.say(message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.say(message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.say(message, rest);
  }
  private say(message: unknown, rest: unknown[]): void {
    const about = typeof rest.at(-1) === 'string' ? rest.at(-1) : 'nest';
    this.tell('nest.said', { about, message: typeof message === 'string' ? message : describeError(message) });
  }
}
