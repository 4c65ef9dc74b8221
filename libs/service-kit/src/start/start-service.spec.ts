import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { connect } from 'node:net';
import { z } from 'zod';
import { Health } from '../health/health.js';
import { Metrics } from '../metrics/metrics.js';
import { ApiProblems } from '../problems/api-problems.js';
import { pageLimit, wholeNumber } from '../inputs/whole-number.js';
import { Problem } from '../problems/problem.js';
import { kitSignals } from '../signals/kit-signals.js';
import { signalLog } from '../signals/signal-log.js';
import { startService, type RunningService } from './start-service.js';

const identifier = z
  .string()
  .regex(/^[a-z]+$/)
  .describe('lower-case letters');
const thing = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(8)
      .refine((name) => name !== 'gin'),
    lines: z
      .array(z.strictObject({ quantity: z.int().min(1) }))
      .min(1)
      .max(3),
  })
  .meta({ id: 'Thing', examples: [{ name: 'tea', lines: [{ quantity: 1 }] }] });

const numbered = z.strictObject({
  version: wholeNumber('a version', 1).optional(),
  limit: pageLimit(200, 50),
});

/** A request that a test holds open. */
let slow = { begun: Promise.withResolvers<void>(), mayEnd: Promise.withResolvers<void>() };
const holdSlow = (): void => {
  slow = { begun: Promise.withResolvers<void>(), mayEnd: Promise.withResolvers<void>() };
};

@Controller('things')
class ThingsController {
  constructor(health: Health, metrics: Metrics) {
    health.add({ name: 'always', check: async () => {} });
    metrics.gauge('things_total', 'things', [], () => 3);
    metrics.gauge('things_broken', 'cannot be read', [], () => Promise.reject(new Error('away')));
  }
  @Post(':id')
  @HttpCode(201)
  @ApiResponse({ status: 201, standardSchema: thing, description: 'Kept.' })
  keep(@Param('id', { schema: identifier }) id: string, @Body({ schema: thing }) body: z.output<typeof thing>) {
    return { id, ...body };
  }
  @Get('refused')
  @ApiProblems([422], { 422: 'Always.' })
  refused() {
    throw new Problem({ code: 'too-bad', status: 422, title: 'It is refused.', members: { owed: 7 } });
  }
  @Get('broken')
  broken() {
    throw new Error('the password is hunter2');
  }
  @Get('slow')
  async slow() {
    slow.begun.resolve();
    await slow.mayEnd.promise;
    return { slow: true };
  }
  @Get('numbered')
  numbered(@Query({ schema: numbered }) query: z.output<typeof numbered>) {
    return query;
  }
  @Get('undescribed')
  undescribed(@Query() query: object) {
    return query;
  }
}
@Module({ controllers: [ThingsController] })
class ThingsModule {}

const log = signalLog('things', kitSignals, { level: 'silent' });
const start = (): Promise<RunningService> =>
  startService({
    name: 'things',
    about: 'Things.',
    module: ThingsModule,
    host: '127.0.0.1',
    port: 0,
    log,
    bodyLimitBytes: 2_000,
    stopOnSignals: false,
  });

let service: RunningService;
beforeAll(async () => {
  service = await start();
});
afterAll(() => service.stop('the tests are over'));

const call = async (path: string, init?: RequestInit) => {
  const answer = await fetch(service.url + path, init);
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    json: (answer.headers.get('content-type') ?? '').includes('json')
      ? (JSON.parse(text) as Record<string, unknown>)
      : {},
  };
};
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  call(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('an input', () => {
  it('is taken when it is as described', async () => {
    expect(await post('/things/tea', { name: 'tea', lines: [{ quantity: 1 }] })).toMatchObject({
      status: 201,
      json: { id: 'tea', name: 'tea' },
    });
  });

  it('is refused with all that is wrong, where it stands, and what to send instead', async () => {
    const answer = await post('/things/tea', { nmae: 'x', lines: [{ quantity: 1.5 }, { quantity: '2' }, 7] });
    expect(answer.status).toBe(400);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.json).toMatchObject({
      type: 'urn:orderlog:problem:invalid-request',
      title: 'The request is not well-formed.',
      status: 400,
      errors: [
        { field: 'name', in: 'body', problem: 'is missing', remedy: 'send a text' },
        { field: 'lines.0.quantity', problem: 'is not a whole number', remedy: 'send a whole number' },
        { field: 'lines.1.quantity', problem: 'is a text, not a whole number' },
        { field: 'lines.2', problem: 'is a number, not an object' },
        { field: 'nmae', problem: 'is not known here', remedy: 'leave it out, or did you mean name?' },
      ],
    });
  });

  it('of no bytes is the same as none: what is missing is named', async () => {
    expect((await post('/things/tea', '')).json).toMatchObject({
      status: 400,
      errors: [{ field: 'name', problem: 'is missing' }, { field: 'lines' }],
    });
  });

  it('of no bytes is none, whatever form its sender names', async () => {
    const answer = await post('/things/tea', '', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(answer.json).toMatchObject({ status: 400, errors: [{ field: 'name', problem: 'is missing' }, {}] });
  });

  it('is named when it is a path parameter', async () => {
    expect((await post('/things/TEA', { name: 'tea', lines: [{ quantity: 1 }] })).json).toMatchObject({
      status: 400,
      errors: [{ field: 'id', in: 'path', problem: 'is not of the right form', remedy: 'send lower-case letters' }],
    });
  });

  it.each([
    [{ name: '', lines: [{ quantity: 1 }] }, 'name', 'send at least 1 characters'],
    [{ name: 'tea', lines: [] }, 'lines', 'send at least 1 entries'],
    [{ name: 'tea', lines: [{ quantity: 0 }] }, 'lines.0.quantity', 'send at least 1'],
    [{ name: 'tea', lines: Array(4).fill({ quantity: 1 }) }, 'lines', 'send at most 3 entries'],
  ])('out of its range is refused: %j', async (body, field, remedy) => {
    expect((await post('/things/tea', body)).json).toMatchObject({ status: 400, errors: [{ field, remedy }] });
  });

  it('that a rule without words refuses is told in ours', async () => {
    expect((await post('/things/tea', { name: 'gin', lines: [{ quantity: 1 }] })).json).toMatchObject({
      errors: [{ field: 'name', problem: 'is not of the right form' }],
    });
  });

  it('without a schema is never read', async () => {
    expect((await call('/things/undescribed?x=1')).status).toBe(500);
  });
});

describe('a number in a query', () => {
  it('is what its digits say', async () => {
    expect((await call('/things/numbered?version=9007199254740991')).json).toEqual({ version: 2 ** 53 - 1, limit: 50 });
    expect((await call('/things/numbered?limit=200')).json).toEqual({ limit: 200 });
  });

  it.each(['0x1', '1e0', '%201', '1%20', '%2B1', '+1', '1.0', '01', '-1', '', '1,000', '1_0', '%D9%A1', 'Infinity'])(
    'is refused in any other way to write it: %j',
    async (text) => {
      for (const [field, range] of [
        ['version', 'from 1'],
        ['limit', 'from 1 to 200'],
      ]) {
        const remedy = expect.stringContaining(`a whole number ${range}, in decimal digits`);
        expect((await call(`/things/numbered?${field}=${text}`)).json).toMatchObject({
          status: 400,
          errors: [{ field, in: 'query', problem: 'is no whole number in decimal digits', remedy }],
        });
      }
    },
  );

  it.each([
    ['version=0', 'version', 'is too small'],
    ['version=9007199254740992', 'version', 'is too large'],
    ['limit=201', 'limit', 'is too large'],
  ])('is refused out of its range: %s', async (query, field, problem) => {
    expect((await call(`/things/numbered?${query}`)).json).toMatchObject({ status: 400, errors: [{ field, problem }] });
  });

  it('is a number in the description of the call', async () => {
    const { json } = await call('/openapi.json');
    const { parameters } = (json as { paths: Record<string, { get: { parameters: object[] } }> }).paths[
      '/things/numbered'
    ]!.get;
    expect(parameters).toMatchObject([
      { name: 'version', in: 'query', required: false, schema: { type: 'integer', minimum: 1 } },
      { name: 'limit', required: false, schema: { type: 'integer', minimum: 1, maximum: 200 } },
    ]);
  });
});

describe('a query', () => {
  it('that says one thing twice is refused, whatever it says', async () => {
    for (const twice of ['version=1&version=2', 'version=1&version=1', 'other=1&other=2']) {
      expect((await call(`/things/numbered?${twice}`)).json).toMatchObject({
        status: 400,
        errors: [{ field: twice.split('=')[0], in: 'query', problem: 'stands there twice' }],
      });
    }
  });

  it('with a parameter that is not known is refused, and the one that was meant is named', async () => {
    expect((await call('/things/numbered?verison=3')).json).toMatchObject({
      status: 400,
      errors: [{ field: 'verison', problem: 'is not known here', remedy: 'leave it out, or did you mean version?' }],
    });
    expect((await call('/things/numbered?__proto__=3')).json).toMatchObject({ errors: [{ field: '__proto__' }] });
  });

  it('that the call does not read is refused, and nothing is done', async () => {
    const body = { name: 'tea', lines: [{ quantity: 1 }] };
    expect((await post('/things/tea?dryRun=true', body)).json).toMatchObject({
      status: 400,
      errors: [{ field: 'dryRun', in: 'query', problem: 'is not known here' }],
    });
    expect((await post('/things/tea?', body)).status).toBe(201);
  });

  it('is no matter to what machines ask of every app', async () => {
    expect((await call('/health/live?verbose')).status).toBe(200);
    expect((await call('/metrics?name=x')).status).toBe(200);
  });
});

describe('a problem', () => {
  it.each([
    ['{"name": ', 400, 'invalid-request'],
    ['', 400, 'invalid-request'],
    ['[]', 400, 'invalid-request'],
    ['null', 400, 'invalid-request'],
    ['{"__proto__": {"x": 1}}', 400, 'invalid-request'],
    [JSON.stringify({ name: 'x'.repeat(3_000) }), 413, 'body-too-large'],
  ])('is what a body like %.20s gets', async (body, status, code) => {
    const answer = await post('/things/tea', body);
    expect(answer.json).toMatchObject({ status, type: `urn:orderlog:problem:${code}`, title: expect.any(String) });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each([
    ['{"name": "tea", "lines": [{"quantity": 1}], "__proto__": {"name": "x"}}', '__proto__'],
    ['{"name": "tea", "lines": [{"quantity": 1, "\\u005f_proto__": 1}]}', 'lines.0.__proto__'],
    ['{"name": "tea", "lines": [{"quantity": 1}], "constructor": {"prototype": {}}}', 'constructor'],
  ])('names the key that no input has in %s', async (body, field) => {
    expect((await post('/things/tea', body)).json).toMatchObject({
      errors: [{ field, in: 'body', problem: 'is not known here', remedy: expect.stringContaining('leave it out') }],
    });
  });

  it('is not what a mark of byte order before the JSON gets', async () => {
    expect((await post('/things/tea', '\uFEFF{"name": "tea", "lines": [{"quantity": 1}]}')).status).toBe(201);
  });

  it('names the body that is not JSON', async () => {
    expect((await post('/things/tea', '{"name": ')).json).toMatchObject({
      errors: [{ in: 'body', problem: 'is not JSON' }],
    });
  });

  it.each(['text/xml', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'is what another form than JSON gets: %s',
    async (type) => {
      const body = JSON.stringify({ name: 'tea', lines: [{ quantity: 1 }] });
      expect(await post('/things/tea', body, { 'content-type': type })).toMatchObject({
        status: 415,
        json: { type: 'urn:orderlog:problem:unsupported-media-type' },
      });
    },
  );

  it('is what a text in another encoding gets: it is not kept as other text than was sent', async () => {
    const body = Buffer.from(JSON.stringify({ name: 'caf\u00e9', lines: [{ quantity: 1 }] }), 'latin1');
    const answer = await call('/things/tea', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.json).toMatchObject({ status: 400, errors: [{ in: 'body', problem: 'is not UTF-8' }] });
  });

  it.each(['/nothing', '/things/%zz', '/things/tea/tea/tea', `/${'x'.repeat(600)}`])(
    'is what %.20s gets',
    async (path) => {
      const answer = await call(path);
      expect([400, 404, 414]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.json).toMatchObject({ status: answer.status, correlationId: expect.any(String) });
    },
  );

  it('names the key that stands twice in a body', async () => {
    const answer = await post('/things/tea', '{"name": "tea", "lines": [{"quantity": 1, "quantity": 2}]}');
    expect(answer.json).toMatchObject({
      status: 400,
      type: 'urn:orderlog:problem:invalid-request',
      errors: [{ field: 'lines.0.quantity', in: 'body', problem: 'stands there twice' }],
    });
  });

  it('names the number in a body that would be read as another one', async () => {
    const answer = await post('/things/tea', '{"name": "tea", "lines": [{"quantity": 1.00000000000000001}]}');
    expect(answer.json).toMatchObject({
      status: 400,
      errors: [{ field: 'lines.0.quantity', in: 'body', problem: 'would be read as 1' }],
    });
  });

  it.each([
    ['DELETE', '/things/tea', 'POST'],
    ['PATCH', '/things/tea?x=1', 'POST'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['PUT', '/health/live', 'GET, HEAD'],
  ])('is what %s %s gets, with the methods that there are', async (method, path, allow) => {
    const answer = await call(path, { method });
    expect(answer).toMatchObject({ status: 405, json: { type: 'urn:orderlog:problem:method-not-allowed' } });
    expect(answer.headers.get('allow')).toBe(allow);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('says so where there is something without the slash at the end', async () => {
    expect((await call('/things/slow/')).json).toMatchObject({
      status: 404,
      detail: 'There is one without the slash at its end.',
    });
  });

  it.each([
    [{ 'content-type': 'application/json; charset=iso-8859-1' }, 415],
    [{ 'content-type': 'application/json;Charset="UTF-16LE"' }, 415],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-type': 'application/json; charset="utf-8"' }, 201],
    [{ 'content-type': 'application/json;charset=UTF8', 'content-encoding': 'identity' }, 201],
  ])('is what a body gets that says it is written otherwise: %j %i', async (headers, status) => {
    // These bytes are UTF-8 too, and would be read as another name.
    const answer = await post('/things/tea', { name: 'caf\u00e9', lines: [{ quantity: 1 }] }, headers);
    expect(answer.status).toBe(status);
  });

  it('names the part of an address that cannot be decoded', async () => {
    expect((await call('/things/%zz', { method: 'POST' })).json).toMatchObject({
      status: 400,
      errors: [{ field: 'id', in: 'path', problem: 'is not text in percent-encoding' }],
    });
    expect((await call('/nothing/%zz')).json).toMatchObject({ status: 400, errors: [{ field: '', in: 'path' }] });
  });

  it('carries what its thrower gave', async () => {
    expect((await call('/things/refused')).json).toMatchObject({
      type: 'urn:orderlog:problem:too-bad',
      status: 422,
      title: 'It is refused.',
      owed: 7,
    });
  });

  it('that nobody expected tells the log and not the caller', async () => {
    const heard = log.heard('http.failed', { withinMs: 30_000 });
    const answer = await call('/things/broken', { headers: { 'x-correlation-id': 'c-1' } });
    expect(answer.json).toMatchObject({ status: 500, correlationId: 'c-1' });
    expect(answer.text).not.toContain('hunter2');
    expect(await heard).toMatchObject({ route: '/things/broken', correlationId: 'c-1' });
  });
});

describe('a request', () => {
  it('is answered with its ids, and with new ones where it has none or bad ones', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const given = await call('/health/live', { headers: { 'x-correlation-id': 'c-2', traceparent } });
    expect(given.headers.get('x-correlation-id')).toBe('c-2');
    expect(given.headers.get('traceparent')).toBe(traceparent);
    const made = await call('/health/live', { headers: { 'x-correlation-id': 'two words', traceparent: '00-0-0-0' } });
    expect(made.headers.get('x-correlation-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('an app', () => {
  it('says that it lives and that it is ready', async () => {
    expect((await call('/health/live')).json).toMatchObject({ status: 'live' });
    expect((await call('/health/ready')).json).toMatchObject({
      status: 'ready',
      checks: [{ name: 'always', ok: true }],
    });
  });

  it('has figures: the process’s, HTTP’s by route template, its own, and not one is lost to a broken one', async () => {
    await post('/things/milk', { name: 'milk', lines: [{ quantity: 1 }] });
    const { text, headers } = await call('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    expect(text).toMatch(/process_cpu_user_seconds_total\{app="things"\}/);
    expect(text).toMatch(/http_request_seconds_count\{.*route="\/things\/:id".*\} \d/);
    expect(text).toMatch(/things_total\{app="things"\} 3/);
    expect((await call('/metrics')).text).toMatch(/metrics_unread_total\{metric="things_broken",app="things"\} [12]/);
  });

  it('describes itself: schemas with ids and examples, for what goes in and what comes out', async () => {
    const { json } = await call('/openapi.json');
    expect(json).toMatchObject({
      openapi: '3.0.3',
      paths: {
        '/things/{id}': {
          post: {
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
            responses: { 201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } },
          },
        },
      },
      components: { schemas: { Thing: { type: 'object', example: { name: 'tea' } }, Problem: { type: 'object' } } },
    });
  });

  it('refers to no schema that it does not have', async () => {
    const { json, text } = await call('/openapi.json');
    const has = Object.keys((json['components'] as { schemas: object }).schemas);
    const named = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1]);
    expect(named.filter((name) => !has.includes(name as string))).toEqual([]);
  });

  it('has a page to try it in that asks nothing of the network', async () => {
    const page = await call('/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)=['"]https?:/);
    for (const part of ['swagger-ui-bundle.js', 'swagger-ui.css', 'swagger-ui-init.js']) {
      expect((await call(`/docs/${part}`)).status).toBe(200);
    }
  });
});

describe('an end in order', () => {
  it('finishes what is under way, refuses what is new, and is over', async () => {
    holdSlow();
    const leaving = await start();
    const underWay = fetch(`${leaving.url}/things/slow`);
    await slow.begun.promise;
    const stopped = leaving.stop('a test');
    slow.mayEnd.resolve();
    expect(await (await underWay).json()).toEqual({ slow: true });
    await stopped;
    await expect(fetch(`${leaving.url}/health/live`)).rejects.toThrow();
  });

  it('cuts off what takes longer than its limit', async () => {
    holdSlow();
    const leaving = await startService({
      name: 'things',
      about: '',
      module: ThingsModule,
      host: '127.0.0.1',
      port: 0,
      log,
      drainLimitMs: 20,
      stopOnSignals: false,
    });
    const underWay = fetch(`${leaving.url}/things/slow`).catch((error: unknown) => error);
    await slow.begun.promise;
    await expect(leaving.stop('a test')).rejects.toThrow('the drain took longer than 20 ms');
    expect(await underWay).toHaveProperty('message', 'fetch failed');
    slow.mayEnd.resolve();
  });

  it('does not wait for a client that keeps its connection open', async () => {
    const leaving = await start();
    const socket = connect(Number(new URL(leaving.url).port), '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n');
    await new Promise((resolve) => socket.once('data', resolve));
    // It throws where its 10 s are over; the connection would have stayed open for 72.
    await leaving.stop('a test');
    await closed;
  });

  it('leaves nothing listening where the port is taken', async () => {
    const port = Number(new URL(service.url).port);
    await expect(
      startService({ name: 't', about: '', module: ThingsModule, host: '127.0.0.1', port, log, stopOnSignals: false }),
    ).rejects.toThrow('EADDRINUSE');
  });
});
