import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { freePorts, isFree } from './ports.js';

it('free ports are different ones, free, and none that the system gives to whoever wants any', async () => {
  const ports = [...(await freePorts(20)), ...(await freePorts(20))];
  expect(new Set(ports).size).toBe(40);
  expect(await Promise.all(ports.map(isFree))).toEqual(ports.map(() => true));
  const range = '/proc/sys/net/ipv4/ip_local_port_range';
  const [first] = existsSync(range) ? readFileSync(range, 'utf8').split(/\s+/).map(Number) : [49_152];
  expect(Math.max(...ports)).toBeLessThan(first!);
});

it('a port that somebody listens on is not free', async () => {
  const [port] = (await freePorts(1)) as [number];
  const stranger = createServer().listen(port, '127.0.0.1');
  await once(stranger, 'listening');
  expect(await isFree(port)).toBe(false);
  stranger.close();
});
