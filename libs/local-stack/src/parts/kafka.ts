import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { fetched } from '../home.js';
import { PartFailed, type Part } from '../part.js';
import { javaEnvironment } from './java.js';

const run = promisify(execFile);

/** Where Kafka's classes are: the class path of the broker and of its tools. */
export const kafkaClassPath = join(fetched.kafka, '*');

/** One broker and its controller in one process (KRaft), for this machine alone. */
export function kafka(options: { port: number; controllerPort: number; data: string }): Part {
  const propertiesFile = `${options.data}.properties`;
  const settings: Record<string, string | number | boolean> = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${options.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.port}`,
    'log.dirs': options.data,
    // Topics are made by the deploy step, never by a first write.
    'auto.create.topics.enable': false,
    // One broker can keep one copy; few partitions of its own topics make it start sooner.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 8,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.message.timestamp.type': 'CreateTime', // a record's timestamp is when its fact was recorded
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    'log.cleaner.io.buffer.size': 64 * 1024,
  };
  return {
    name: 'kafka',
    stage: 'kafka',
    ports: [
      { port: options.port, variable: 'KAFKA_PORT' },
      { port: options.controllerPort, variable: 'KAFKA_CONTROLLER_PORT' },
    ],
    prepare: async (say) => {
      if (options.data.includes(',')) {
        throw new PartFailed(
          `kafka takes a comma for the end of a folder's name, and its data would be in ${options.data}: set ORDERLOG_HOME to a folder without one.`,
        );
      }
      mkdirSync(dirname(options.data), { recursive: true });
      writeFileSync(propertiesFile, properties(settings));
      if (existsSync(options.data)) return;
      say('makes its data directory');
      await format(options.data, settings);
    },
    launch: () => ({
      command: 'java',
      args: [...jvm, '-Xms128m', '-Xmx512m', '-cp', kafkaClassPath, 'kafka.Kafka', propertiesFile],
      env: javaEnvironment,
    }),
    ready: () => askBrokers(`127.0.0.1:${options.port}`),
    readyWithinMs: 60_000,
    stopSignal: 'SIGTERM',
    stopWithinMs: 30_000,
  };
}

/** @throws while no broker has joined the cluster */
export async function askBrokers(brokers: string): Promise<void> {
  const admin = new Kafka({
    brokers: brokers.split(','),
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length === 0) throw new Error('no broker has joined the cluster yet');
  } finally {
    await admin.disconnect();
  }
}

/**
 * The first compiler alone: measured on 2 cores, the broker is up with 1.8 s of processor time instead of 3.0, takes a
 * cold 300,000 messages with 2.2 s instead of 4.6, and as many per second as with both once it is warm.
 */
const jvm = [
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
  '-Dorg.slf4j.simpleLogger.showDateTime=true',
  "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
];

/** java.util.Properties reads Latin-1, and a backslash as the start of an escape: by one it is told all other letters. */
const properties = (settings: Record<string, string | number | boolean>): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key}=${String(value).replaceAll(/[^ -~]|\\/g, escaped)}\n`)
    .join('');

const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Beside the final place, then moved: a start that was killed in here leaves no half of a data directory. */
async function format(data: string, settings: Record<string, string | number | boolean>): Promise<void> {
  const beside = `${data}.new`;
  const propertiesFile = `${data}.new.properties`;
  rmSync(beside, { recursive: true, force: true });
  writeFileSync(propertiesFile, properties({ ...settings, 'log.dirs': beside }));
  // An id that begins with - would be taken for an option.
  const clusterId = Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url').replace(/^-/, 'A');
  await run(
    'java',
    [
      ...jvm,
      '-XX:TieredStopAtLevel=1',
      '-cp',
      kafkaClassPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterId,
      '-c',
      propertiesFile,
    ],
    { timeout: 60_000, env: { ...process.env, ...javaEnvironment } },
  );
  rmSync(propertiesFile);
  renameSync(beside, data);
}
