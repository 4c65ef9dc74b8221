import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fetchParts } from '../../scripts/fetch-parts.mjs';
import { build } from '../../scripts/prepare.mjs';

const names = ['DATABASE_URL', 'KAFKA_BROKERS', 'SCHEMA_REGISTRY_URL'];

/** Starts a stack for all tests of this run, unless the environment gives one. Jest's workers inherit what is set here. */
export default async function startStack() {
  if (names.every((name) => process.env[name])) return;
  fetchParts();
  build();
  // Detached: Ctrl-C ends Jest, and the stack stops in order because its standard input has ended.
  // The warning: kafkajs plans into the past, which does no harm in the short while that it asks whether Kafka is ready.
  const node = ['--disable-warning=TimeoutNegativeWarning', join(import.meta.dirname, 'dist/test-stack.js')];
  const stack = spawn(process.execPath, node, {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  globalThis.orderlogTestStack = stack;
  if (process.env.ORDERLOG_STACK_PID_FILE) writeFileSync(process.env.ORDERLOG_STACK_PID_FILE, String(stack.pid));
  const addresses = await new Promise((resolve, reject) => {
    createInterface(stack.stdout).once('line', (line) => resolve(JSON.parse(line)));
    stack.once('exit', (code) => reject(new Error(`The stack for the tests did not start (exit code ${code}).`)));
  });
  for (const name of names) process.env[name] = addresses[name];
}
