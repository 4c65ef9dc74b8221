import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import type { AddressInfo } from 'node:net';
import { ConfigRefused } from '../config/read-config.js';
import { serveDocs } from '../docs/docs.js';
import { Health } from '../health/health.js';
import { HealthController } from '../health/health.controller.js';
import { DescribedInputs } from '../inputs/described-inputs.js';
import { NoUnreadQuery } from '../inputs/no-unread-query.js';
import { misreadJson, type Misread } from '../inputs/misread-json.js';
import { Metrics } from '../metrics/metrics.js';
import { MetricsController } from '../metrics/metrics.controller.js';
import { problemOfFramework, ProblemFilter, sendProblem, unreadForm } from '../problems/problem-filter.js';
import { invalidInputs, Problem, unavailable, type FieldProblem } from '../problems/problem.js';
import type { kitSignals } from '../signals/kit-signals.js';
import { NestLog } from '../signals/nest-log.js';
import { describeError, type AnySignalLog, type SignalLog } from '../signals/signal-log.js';
import { requestIds } from '../tracing/request-ids.js';
import { TimedOut, within } from '../within.js';
import { KnownRoutes } from './known-routes.js';

/** A log whose list begins with the kit's signals. */
export type ServiceLog = AnySignalLog & { readonly signals: typeof kitSignals };

export interface Service {
  name: string;
  /** Markdown, on top of `/docs`. */
  about: string;
  /** The app's module. Parts of it may inject `Health` and `Metrics`. */
  module: Type | DynamicModule;
  host: string;
  /** 0: one that is free. */
  port: number;
  log: ServiceLog;
  /** An app's own errors as answers; undefined for those that it does not know. */
  problemOf?: (error: unknown) => Problem | undefined;
  /** Batch transports that run beside HTTP; started after it listens, so that /health can say what they wait for. */
  transports?: (app: NestFastifyApplication) => CustomTransportStrategy[];
  /** Requests and batches under way may take this long when the service is told to stop. 10,000 where not given. */
  drainLimitMs?: number;
  /** Bodies above it are 413. 1 MiB where not given. */
  bodyLimitBytes?: number;
  /** SIGTERM and SIGINT stop the process in order. True where not given; tests say no. */
  stopOnSignals?: boolean;
}

export interface RunningService {
  /** e.g. `http://127.0.0.1:7001`. */
  readonly url: string;
  readonly app: NestFastifyApplication;
  /** Drains and stops; the second call waits for the first. */
  stop(because: string): Promise<void>;
}

/**
 * Starts an app and gives it what all apps have: /health, /metrics, /openapi.json, /docs, problem+json, described
 * inputs, correlation ids, a log, and an orderly end. Parts close what they hold in `onApplicationShutdown`, which runs
 * after the last request was answered; `onModuleDestroy` runs before, and would pull the database from under them.
 * @throws where it cannot start; nothing is left listening
 */
export async function startService(service: Service): Promise<RunningService> {
  const startedAt = performance.now();
  const say = service.log as unknown as SignalLog<typeof kitSignals>;
  const health = new Health();
  const metrics = new Metrics(service.log);
  const routes = new KnownRoutes();
  const bodyLimit = service.bodyLimitBytes ?? 1_048_576;
  const adapter = new FastifyAdapter({
    bodyLimit,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Slow or silent clients do not hold a connection for ever.
    requestTimeout: 30_000,
    keepAliveTimeout: 72_000,
    routerOptions: { maxParamLength: 512 },
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const problem =
        problemOfFramework(error, request, routes) ??
        new Problem({ code: 'invalid-request', status: 400, title: 'The request is not well-formed.' });
      sendProblem(problem, request, reply);
    },
  });
  adapter.getInstance().addHook('onRoute', ({ method, url }) => routes.add(method, url));
  watchRequests(adapter, { health, metrics, say });

  const app = await NestFactory.create<NestFastifyApplication>(kitModule(service.module, health, metrics), adapter, {
    logger: new NestLog(say),
    abortOnError: false,
    bodyParser: false,
  });
  // JSON and nothing else: a form or a plain text is 415, not an object whose fields are missing.
  adapter.getInstance().removeAllContentTypeParsers();
  // A JSON body of no bytes is no body: many clients send the header with every POST.
  // No key is refused here: the schema of the input does that, and says which it was and where it stands.
  const json = adapter.getInstance().getDefaultJsonParser('ignore', 'ignore');
  app.useBodyParser('application/json', { bodyLimit }, (request, body: Buffer, done) => {
    const unread = unreadFormOf((request as FastifyRequest).headers);
    if (body.length === 0) done(null, undefined);
    else if (unread) done(unread);
    // Read as if it were, what is no UTF-8 would become other text than was sent.
    else if (!isUtf8(body)) done(invalidInputs([notUtf8]));
    else {
      const text = body.toString('utf8').replace(/^\uFEFF/, '');
      void json(request as FastifyRequest, text, (error, value: unknown) => {
        const misread = error ? undefined : misreadJson(text, value);
        if (misread === undefined) done(error, value);
        else done(invalidInputs([misreadProblem(misread)]));
      });
    }
  });
  app.useGlobalGuards(new NoUnreadQuery());
  app.useGlobalPipes(new DescribedInputs());
  app.useGlobalFilters(new ProblemFilter(say, routes, service.problemOf));
  serveDocs(app, service);
  const transports = service.transports?.(app) ?? [];
  for (const strategy of transports) app.connectMicroservice({ strategy });
  try {
    await app.listen(service.port, service.host);
    if (transports.length > 0) await app.startAllMicroservices();
  } catch (error) {
    await app.close();
    throw error;
  }
  const url = urlOf(app.getHttpServer().address() as AddressInfo);
  say('service.started', { url, tookMs: Math.round(performance.now() - startedAt) });

  let stopping: Promise<void> | undefined;
  const stop = (because: string): Promise<void> => (stopping ??= drain(because));
  const drain = async (because: string): Promise<void> => {
    const stopStartedAt = performance.now();
    const limitMs = service.drainLimitMs ?? 10_000;
    health.drain(because);
    say('service.draining', { because });
    try {
      await within(limitMs, 'the drain', () => app.close());
      say('service.stopped', { tookMs: Math.round(performance.now() - stopStartedAt) });
    } catch (error) {
      if (!(error instanceof TimedOut)) throw error;
      say('service.drain-cut', { limitMs });
      app.getHttpServer().closeAllConnections();
      throw error;
    }
  };
  if (service.stopOnSignals ?? true) stopOnSignals(stop);
  return { url, app, stop };
}

/** A body that says of itself that it is packed, or in other letters than UTF-8's: it might be read as another one. */
function unreadFormOf({
  'content-encoding': packed,
  'content-type': type,
}: FastifyRequest['headers']): Problem | undefined {
  if (packed !== undefined && packed.toLowerCase() !== 'identity')
    return unreadForm('Send it unpacked, without Content-Encoding.');
  const letters = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(type ?? '')?.[1] ?? 'utf-8';
  return /^(utf-?8|us-ascii)$/i.test(letters) ? undefined : unreadForm('Send JSON in UTF-8.');
}

const notUtf8: FieldProblem = {
  field: '',
  in: 'body',
  problem: 'is not UTF-8',
  remedy: 'send one JSON object, its text in UTF-8',
};

const misreadProblem = ({ field, became }: Misread): FieldProblem => ({
  ...{ field, in: 'body' },
  ...(became === undefined
    ? { problem: 'stands there twice', remedy: 'send it once: which one was meant, nobody could say' }
    : {
        problem: `would be read as ${became}`,
        remedy: 'send a number of at most 15 digits, which is read as it stands',
      }),
});

/** Joins the app's module and what every app has; a class of its own each time, so that two can run in one process. */
function kitModule(appModule: Type | DynamicModule, health: Health, metrics: Metrics): DynamicModule {
  @Module({})
  class Kit {}
  @Module({})
  class Root {}
  const kit: DynamicModule = {
    module: Kit,
    global: true,
    controllers: [HealthController, MetricsController],
    providers: [
      { provide: Health, useValue: health },
      { provide: Metrics, useValue: metrics },
    ],
    exports: [Health, Metrics],
  };
  return { module: Root, imports: [appModule, kit] };
}

/** What holds for every request: its ids are echoed, its time is measured, and none is taken while we are leaving. */
function watchRequests(
  adapter: FastifyAdapter,
  { health, metrics, say }: { health: Health; metrics: Metrics; say: SignalLog<typeof kitSignals> },
): void {
  const fastify = adapter.getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    const ids = requestIds(request);
    void reply.header('x-correlation-id', ids.correlationId);
    void reply.header('traceparent', ids.traceparent);
    if (health.draining && !request.url.startsWith('/health')) {
      void reply.header('connection', 'close');
      sendProblem(
        unavailable('draining', 'This process is leaving; send it again, another one answers.'),
        request,
        reply,
      );
      return;
    }
    // `curl -d ''` names a form that it does not send.
    if (request.headers['content-length'] === '0') delete request.headers['content-type'];
    done();
  });
  // A connection that becomes idle after the server was told to close would stay until its keep-alive limit.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (health.draining) void reply.header('connection', 'close');
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    if (say.writes('debug')) {
      say('http.answered', {
        method: request.method,
        route,
        status: reply.statusCode,
        tookMs: Math.round(reply.elapsedTime * 10) / 10,
        correlationId: requestIds(request).correlationId,
      });
    }
    done();
  });
}

const urlOf = ({ address, port, family }: AddressInfo): string =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/** The first signal drains, the second leaves at once. */
function stopOnSignals(stop: (because: string) => Promise<void>): void {
  let told = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (told) process.exit(1);
      told = true;
      stop(signal).then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

/**
 * The whole of a `main.ts`: starts, and where that fails says why in a sentence on stderr and leaves with 1.
 * An error that nobody caught afterwards is said and ends the process: whoever started it starts it again.
 */
export async function runMain(log: ServiceLog, start: () => Promise<unknown>): Promise<void> {
  const say = log as unknown as SignalLog<typeof kitSignals>;
  const crashed = (error: unknown): never => {
    say('service.crashed', { error });
    process.exit(1);
  };
  process.on('uncaughtException', crashed);
  process.on('unhandledRejection', crashed);
  try {
    await start();
  } catch (error) {
    const why = error instanceof ConfigRefused ? error.message : describeError(error);
    process.stderr.write(`${log.app} did not start:\n${why}\n`);
    process.exit(1);
  }
}
