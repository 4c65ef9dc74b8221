import { projectionSignals } from '@orderlog/projection';
import { kitSignals, signalLog } from '@orderlog/service-kit';

/** What audit-projection says of itself: the one list that logs, metrics and tests read. */
export const log = signalLog('audit-projection', {
  ...kitSignals,
  ...projectionSignals,
  'checkpoints.signed': {
    level: 'debug',
    fields: ['treeSize', 'facts', 'tookMs'],
    says: 'a checkpoint over all facts up to a position was signed and kept',
  },
  'checkpoints.waiting': {
    level: 'warn',
    fields: ['position', 'why'],
    says: 'no checkpoint goes past this position: its fact is missing, claimed twice, or not what its hash says',
    then: 'look at GET /audit/integrity and GET /audit/findings, and run `orderlog verify`',
  },
  'checkpoints.failed': {
    level: 'warn',
    fields: ['error'],
    says: 'a checkpoint could not be signed, kept or published; it is tried again every second',
    then: 'bring back the part that is away; where the schema is missing, run `orderlog schemas register`',
  },
  'checkpoints.tree-differs': {
    level: 'error',
    fields: ['error'],
    says: 'the tree that is kept here is not the one that was signed: somebody has changed it. Nothing more is signed',
    then: 'run `orderlog verify`, and find out who can write to the audit’s schema',
  },
});
