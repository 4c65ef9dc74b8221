import { kitSignals, signalLog, type Signals } from '@orderlog/service-kit';

/** What the console says of itself. */
export const signals = {
  ...kitSignals,
  'console.service-away': {
    level: 'warn',
    fields: ['service', 'reason'],
    says: 'a service that a page shows does not answer; the page says so',
    then: 'look at that service; the console goes on asking',
  },
  'console.service-back': { level: 'info', fields: ['service', 'awayMs'], says: 'it answers again' },
  'console.answer-unread': {
    level: 'error',
    fields: ['service', 'path', 'problem'],
    says: 'a service answered in a form that the console does not know',
    then: 'run the console and the services of one version',
  },
} as const satisfies Signals;

export const log = signalLog('console', signals);
