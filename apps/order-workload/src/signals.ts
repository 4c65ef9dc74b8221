import { pino } from 'pino';

interface Signal {
  level: 'info' | 'warn' | 'error';
  fields: readonly string[];
  says: string;
  then?: string;
}

/** Everything that the workload says of itself. Its lines have the form of the other apps' lines. */
export const signals = {
  'workload.started': { level: 'info', fields: ['rate', 'seed', 'ordersUrl'], says: 'orders are on their way' },
  'workload.counted': {
    level: 'info',
    fields: ['orders', 'facts', 'repeated', 'refused', 'surprises', 'ordersPerSecond'],
    says: 'what came of the orders so far',
  },
  'workload.story-told': { level: 'info', fields: ['order', 'now'], says: 'the story of Order #8471 is in the store' },
  'workload.away': {
    level: 'warn',
    fields: ['error', 'retryInMs'],
    says: 'order-service does not answer; waiting for it',
  },
  'workload.back': { level: 'info', fields: ['awayMs'], says: 'order-service answers again' },
  'workload.surprised': {
    level: 'warn',
    fields: ['request', 'status', 'expected', 'problem'],
    says: 'an answer was not the one that the rules promise',
    then: 'compare it with docs/errors.md: either the workload or the service is wrong',
  },
  'workload.behind': {
    level: 'warn',
    fields: ['underWay', 'skipped'],
    says: 'orders are answered more slowly than they are made; some were left out',
  },
  'workload.failed': { level: 'error', fields: ['error'], says: 'the workload gave up' },
  'workload.stopped': {
    level: 'info',
    fields: ['because', 'orders', 'facts', 'repeated', 'refused', 'surprises'],
    says: 'no more orders; what was under way was answered',
  },
} as const satisfies Record<string, Signal>;

export type SignalName = keyof typeof signals;
export type Say = <N extends SignalName>(
  name: N,
  fields: Record<(typeof signals)[N]['fields'][number], unknown>,
) => void;

/** JSON lines on stdout. service-kit would do the same, and bring Nest into a process that serves nothing: 80 MB. */
export function signalLines(): Say {
  const lines = pino(
    {
      base: { app: 'order-workload' },
      messageKey: 'says',
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, sync: true }),
  );
  return (name, fields) => {
    const { level, says, then }: Signal = signals[name];
    lines[level]({ signal: name, ...fields, ...(then && { then }) } as Record<string, unknown>, says);
  };
}
