import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './connection.js';
import { testConnection } from './testing/test-topic.js';

jest.setTimeout(30_000);
const idle: Admin[] = [];
beforeAll(async () => {
  for (let index = 0; index < 30; index++) {
    const admin = kafkaClient(testConnection).admin();
    await admin.connect();
    await admin.describeCluster();
    idle.push(admin);
  }
});
afterAll(async () => {
  for (const admin of idle) await admin.disconnect();
});

/** For thirty connections a second. As kafkajs comes: 62 ms of CPU and some thousand timers; mended: 16 ms and none. */
const limit = { cpuMs: 45, timers: 100 };

it('costs next to nothing to hold connections on which nothing happens', async () => {
  let timers = 0;
  const hook = createHook({ init: (_id, type) => (type === 'Timeout' ? timers++ : undefined) }).enable();
  const before = process.cpuUsage();
  await new Promise((later) => setTimeout(later, 3_000));
  const { user, system } = process.cpuUsage(before);
  hook.disable();
  expect(timers / 3).toBeLessThan(limit.timers);
  expect((user + system) / 1_000 / 3).toBeLessThan(limit.cpuMs);
});
