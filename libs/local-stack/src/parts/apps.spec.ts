import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WaitsForPerson } from '../part.js';
import { askApp } from './apps.js';

describe('whether an app is ready', () => {
  let server: Server;
  let answer: { status: number; body: string };
  beforeEach(async () => {
    server = createServer((_request, response) => response.writeHead(answer.status).end(answer.body));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterEach(() => void server.close());
  const ask = () => askApp((server.address() as AddressInfo).port);

  it('is what it says', async () => {
    answer = { status: 200, body: '{"status":"ready"}' };
    await expect(ask()).resolves.toBeUndefined();
    answer = { status: 503, body: '{"reason":"Kafka is away"}' };
    await expect(ask()).rejects.toThrow('/health/ready answered 503: {"reason":"Kafka is away"}');
    await expect(ask()).rejects.not.toBeInstanceOf(WaitsForPerson);
  });

  it('is up to a person where it waits for `orderlog recover`', async () => {
    answer = { status: 503, body: '{"parts":[{"reason":"it was put back; run `orderlog recover`"}]}' };
    await expect(ask()).rejects.toEqual(new WaitsForPerson('it was put back; run `orderlog recover`'));
  });
});
