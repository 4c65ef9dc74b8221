import { join } from 'node:path';
import { SchemaRegistry } from '@orderlog/kafka';
import {
  createDatabase,
  migrate,
  repository,
  stackAddresses,
  topicPrefix,
  type TestDatabase,
} from '@orderlog/local-stack';
import { readSchemaText, topicDefinitions } from '@orderlog/order-contract';
import type { RunningService } from '@orderlog/service-kit';
import { readOrderServiceConfig } from '../config.js';
import { log } from '../signals.js';
import { startOrderService } from '../start-order-service.js';

interface Part {
  amount: number;
}

/** What may be in an answer; a test says what it expects of it. */
export interface AnswerBody {
  [more: string]: unknown;
  orderId: string;
  version: number;
  total: number;
  captured: number;
  payments: { allocation: Part[] }[];
  refunds: { allocation: Part[] }[];
  facts: { type: string; version: number; difference: { text: string }[] }[];
  orders: { orderId: string }[];
  nextCursor: string | null;
  type: string;
  errors: { field: string; problem: string; remedy: string }[];
}

export interface Answer {
  status: number;
  headers: Headers;
  etag: string | null;
  body: AnswerBody;
}

export interface TestService {
  url: string;
  database: TestDatabase;
  prefix: string;
  service: RunningService;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** One more process of the same service, as far as a test can have one: it shares the database and nothing else. */
  another(env?: Record<string, string>): Promise<TestService>;
  stop(): Promise<void>;
}

/** A real order-service on a database and topics of its own. @param server a Postgres other than that of all tests */
export async function runningService(env: Record<string, string> = {}, server?: string): Promise<TestService> {
  const database = await createDatabase(server);
  const prefix = topicPrefix();
  await migrate(database.connectionString, [
    join(repository, 'libs/event-store/migrations'),
    join(repository, 'apps/order-service/migrations'),
  ]);
  await registerSchemas(prefix);
  const started = await startOn(database, prefix, env);
  return {
    ...started,
    stop: async () => {
      await started.stop();
      await database.drop();
    },
  };
}

/** What the deploy step does. */
export async function registerSchemas(prefix: string): Promise<void> {
  const registry = new SchemaRegistry({ url: stackAddresses().SCHEMA_REGISTRY_URL });
  for (const { subject, schema } of topicDefinitions(prefix)) {
    await registry.register(subject, readSchemaText(schema));
  }
}

export async function startOn(
  database: TestDatabase,
  prefix: string,
  env: Record<string, string> = {},
): Promise<TestService> {
  const { KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = stackAddresses();
  const config = readOrderServiceConfig({
    KAFKA_BROKERS,
    SCHEMA_REGISTRY_URL,
    TOPIC_PREFIX: prefix,
    ORDERS_PORT: '0',
    ORDERS_DATABASE_URL: database.as('orders'),
    LOG_LEVEL: 'silent',
    ...env,
  });
  log.setLevel('silent');
  const service = await startOrderService(config, { stopOnSignals: false });
  return {
    url: service.url,
    database,
    prefix,
    service,
    call: (method, path, body, headers) => call(service.url + path, method, body, headers),
    another: (more) => startOn(database, prefix, { ...env, ...more }),
    stop: () => service.stop('the test is over'),
  };
}

async function call(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json');
  return {
    status: answer.status,
    headers: answer.headers,
    etag: answer.headers.get('etag'),
    // HEAD names the form of a body that it does not have.
    body: (isJson && text !== '' ? JSON.parse(text) : { text }) as AnswerBody,
  };
}
