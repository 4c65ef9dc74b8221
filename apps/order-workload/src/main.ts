import { Command, InvalidArgumentError } from 'commander';
import { readConfig, settings } from './config.js';
import { signalLines } from './signals.js';
import { runWorkload } from './workload.js';

const say = signalLines();
const checked = (name: 'WORKLOAD_RATE' | 'WORKLOAD_SEED') => (text: string) => {
  const read = settings[name].safeParse(text);
  if (!read.success) throw new InvalidArgumentError(read.error.issues.map((issue) => issue.message).join('; '));
  return text;
};
const program = new Command('order-workload')
  .description('Plausible orders over HTTP, and the story of Order #8471, told once.')
  .option(
    '--rate <per second>',
    'new orders a second; 0: none, only the story (WORKLOAD_RATE, default 5)',
    checked('WORKLOAD_RATE'),
  )
  .option(
    '--seed <text>',
    'the same seed makes the same orders (WORKLOAD_SEED; others at each start)',
    checked('WORKLOAD_SEED'),
  )
  .option('--once', 'tell the story and end', false)
  .addHelpText(
    'after',
    '\nORDERS_URL says where order-service is (default http://127.0.0.1:7001). SIGTERM: no more orders, and the end.',
  )
  .parse();
const options = program.opts<{ rate?: string; seed?: string; once: boolean }>();

const stop = new AbortController();
let because = 'done';
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(1);
    because = name;
    stop.abort();
  });
}
try {
  const config = readConfig({
    ...process.env,
    ...(options.rate !== undefined && { WORKLOAD_RATE: options.rate }),
    ...(options.seed !== undefined && { WORKLOAD_SEED: options.seed }),
  });
  const seed = config.WORKLOAD_SEED ?? `o${Date.now().toString(36)}`;
  const { ORDERS_URL: ordersUrl, WORKLOAD_RATE: rate } = config;
  const counts = await runWorkload({ ordersUrl, rate, seed, once: options.once, say, stop: stop.signal });
  say('workload.stopped', { because, ...counts });
} catch (error) {
  say('workload.failed', { error: (error as Error).message });
  process.exitCode = 1;
}
