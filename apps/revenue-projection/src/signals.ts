import { projectionSignals } from '@orderlog/projection';
import { kitSignals, signalLog } from '@orderlog/service-kit';

/** What revenue-projection says of itself: the one list that logs, metrics and tests read. */
export const log = signalLog('revenue-projection', { ...kitSignals, ...projectionSignals });
