import { runMain } from '@orderlog/service-kit';
import { readAuditConfig } from './config.js';
import { log } from './signals.js';
import { startAuditProjection } from './start-audit-projection.js';

await runMain(log, async () => {
  const config = readAuditConfig(process.env);
  log.setLevel(config.logLevel);
  await startAuditProjection(config, { stopOnSignals: true });
});
