import { runMain, startService } from '@orderlog/service-kit';
import 'reflect-metadata';
import { AppModule } from './app.module.js';
import { readConsoleConfig } from './config.js';
import { log } from './signals.js';

await runMain(log, async () => {
  const config = readConsoleConfig(process.env);
  log.setLevel(config.logLevel);
  return startService({
    name: 'console',
    about:
      'Pages for people: what flows now, the story of an order, revenue by SKU, findings. It keeps nothing itself.',
    module: AppModule.with(config),
    host: config.host,
    port: config.port,
    log,
  });
});
