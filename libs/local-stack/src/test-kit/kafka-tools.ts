import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { kafkaClassPath } from '../parts/kafka.js';

const run = promisify(execFile);

/** Apache Kafka's own tools, under the names that their scripts have in a distribution. */
const tools = {
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-configs': 'org.apache.kafka.tools.ConfigCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
} as const;

/**
 * Runs one of Kafka's Java tools against the brokers of this test's stack: a second client, which is not kafkajs.
 *
 *     await kafkaTool('kafka-consumer-groups', ['--group', group, '--reset-offsets', '--to-earliest', '--all-topics', '--execute']);
 *
 * @returns what it wrote to standard output
 * @throws with what it wrote to both, when it ends with an error or not within `withinMs`
 */
export async function kafkaTool(
  tool: keyof typeof tools,
  args: readonly string[],
  options: { withinMs?: number; brokers?: string } = {},
): Promise<string> {
  const { withinMs = 60_000, brokers = process.env['KAFKA_BROKERS'] ?? '127.0.0.1:7092' } = options;
  const { stdout } = await run(
    'java',
    ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error']
      .concat(['-cp', kafkaClassPath, tools[tool], '--bootstrap-server', brokers])
      .concat(args),
    { timeout: withinMs, killSignal: 'SIGKILL', maxBuffer: 1024 * 1024 * 1024 },
  );
  return stdout;
}
