import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './connection.js';
import { testConnection } from './testing/test-topic.js';

jest.setTimeout(60_000);
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

/** A second, all of them together. As kafkajs comes: some thousand; mended: none. */
const mostTimers = 100;

it('costs next to nothing to hold connections on which nothing happens', async () => {
  let timers = 0;
  const hook = createHook({ init: (_id, type) => (type === 'Timeout' ? timers++ : undefined) }).enable();
  await new Promise((later) => setTimeout(later, 3_000));
  hook.disable();
  expect(timers / 3).toBeLessThan(mostTimers);
});
