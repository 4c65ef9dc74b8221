import type { Signals } from './signal-log.js';

/** What every app says, whichever it is. An app's own list begins with them: `{ ...kitSignals, 'relay.sent': … }`. */
export const kitSignals = {
  'service.started': { level: 'info', fields: ['url', 'tookMs'], says: 'listening' },
  'service.draining': { level: 'info', fields: ['because'], says: 'no new requests; those under way are finished' },
  'service.stopped': { level: 'info', fields: ['tookMs'], says: 'stopped in order' },
  'service.drain-cut': {
    level: 'warn',
    fields: ['limitMs'],
    says: 'stopped although something was still under way',
    then: 'look for what takes so long; what was not answered may be asked again with its key',
  },
  'service.crashed': {
    level: 'error',
    fields: ['error'],
    says: 'an error that nobody expected: the process leaves, to be started again',
    then: 'report it with the lines before it',
  },
  'http.answered': {
    level: 'debug',
    fields: ['method', 'route', 'status', 'tookMs', 'correlationId'],
    says: 'answered',
  },
  'http.failed': {
    level: 'error',
    fields: ['method', 'route', 'status', 'correlationId', 'error', 'unsaid'],
    says: 'a request failed for a reason of ours; `unsaid` more did since the last such line',
    then: 'look for the correlation id in the other apps',
  },
  'nest.said': { level: 'warn', fields: ['about', 'message'], says: 'the framework had something to say' },
} as const satisfies Signals;
