import { createHook } from 'node:async_hooks';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { kafkaClient } from './connection.js';
import { testConnection } from './testing/test-topic.js';

jest.setTimeout(60_000);
const connections = 30;
const idle: Admin[] = [];
beforeAll(async () => {
  for (let index = 0; index < connections; index++) {
    const admin = kafkaClient(testConnection).admin();
    await admin.connect();
    await admin.describeCluster();
    idle.push(admin);
  }
});
afterAll(async () => {
  for (const admin of idle) await admin.disconnect();
});

/** A second: each looks ten times whether a request has timed out. As kafkajs comes they all wake up a thousand times. */
const mostWoken = connections * 10 + 100;

it('costs next to nothing to hold connections on which nothing happens', async () => {
  let woken = 0;
  const hook = createHook({ before: () => void woken++ }).enable();
  await new Promise((later) => setTimeout(later, 3_000));
  hook.disable();
  expect(woken / 3).toBeLessThan(mostWoken);
});
