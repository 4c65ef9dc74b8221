import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@orderlog/local-stack';
import { captured, givenPlatform, type Platform } from './testing/platform.js';

describe('revenue with several members', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await givenPlatform();
  }, 60_000);
  afterAll(() => platform.end(), 60_000);

  it('counts each fact once while members come and go', async () => {
    let sent = 0;
    const send = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        await platform.given(...Array.from({ length: 60 }, () => captured(`m-${(sent += 1)}`, 1, { sku: 'MANY' })));
      }
    };
    const first = await platform.start();
    await send(10);
    const sending = send(60);
    const second = await platform.start();
    const third = await platform.start();
    await sending;
    await first.stop('the test says so');
    await send(10);
    await second.stop('the test says so');
    await send(5);
    await eventually({ withinMs: 40_000 }, async () =>
      expect((await third.ask('/projection')).body).toMatchObject({ state: 'running', lag: 0, incomplete: [] }),
    );
    expect((await third.ask('/revenue?sku=MANY')).body.rows).toMatchObject([{ captured: sent, units: sent }]);
  }, 90_000);

  it('stops and starts all of them, whoever is told', async () => {
    const [one, other] = [await platform.start(), await platform.start()];
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await other.ask('/projection')).body).toMatchObject({ state: 'running', lag: 0 }),
    );
    expect((await one.tell('/projection/stop')).body).toMatchObject({ state: 'stopped' });
    const members = await platform.members();
    expect(members).toBe(0);
    await platform.given(captured('while-stopped', 9, { sku: 'STOPPED' }));
    expect((await other.ask('/projection')).body).toMatchObject({ state: 'stopped', lag: 1 });
    await other.tell('/projection/start');
    await eventually({ withinMs: 30_000 }, async () =>
      expect((await one.ask('/projection')).body).toMatchObject({ state: 'running', lag: 0 }),
    );
    expect((await one.ask('/revenue?sku=STOPPED')).body.rows).toMatchObject([{ captured: 9 }]);
  }, 90_000);
});
