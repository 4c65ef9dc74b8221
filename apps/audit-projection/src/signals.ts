import { projectionSignals } from '@orderlog/projection';
import { kitSignals, signalLog } from '@orderlog/service-kit';

/** What audit-projection says of itself: the one list that logs, metrics and tests read. */
export const log = signalLog('audit-projection', { ...kitSignals, ...projectionSignals });
