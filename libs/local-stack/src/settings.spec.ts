import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { freePorts } from './ports.js';
import { readSettings, refuseTakenPorts } from './settings.js';

describe('the settings', () => {
  it('are the ports of the contract where nothing is set', () => {
    expect(readSettings({}).ports).toEqual({
      CONSOLE_PORT: 7000,
      ORDERS_PORT: 7001,
      RELAY_PORT: 7002,
      REVENUE_PORT: 7003,
      AUDIT_PORT: 7004,
      POSTGRES_PORT: 7432,
      KAFKA_PORT: 7092,
      KAFKA_CONTROLLER_PORT: 7093,
      REGISTRY_PORT: 7081,
    });
    expect(readSettings({}).given).toEqual({});
  });

  it('take parts that the environment names', () => {
    const { given, ports } = readSettings({ DATABASE_URL: 'postgres://a@b/c', KAFKA_PORT: '9092' });
    expect(given).toEqual({ DATABASE_URL: 'postgres://a@b/c' });
    expect(ports.KAFKA_PORT).toBe(9092);
  });

  it.each(['0', '65536', '80.5', 'http'])('refuse %s as a port', (text) => {
    expect(() => readSettings({ ORDERS_PORT: text })).toThrow(`ORDERS_PORT=${text} is no port`);
  });

  it('refuse one port for two parts', () => {
    expect(() => readSettings({ ORDERS_PORT: '7000' })).toThrow('CONSOLE_PORT and ORDERS_PORT are both 7000');
  });

  it('refuse an app to leave out that there is not', () => {
    expect(() => readSettings({ ORDERLOG_WITHOUT: 'consoul' })).toThrow('ORDERLOG_WITHOUT names consoul');
  });

  it('name every port that someone else has, before anything is started', async () => {
    const strangers = [createServer(), createServer()];
    const [orders, postgres] = await Promise.all(
      strangers.map(async (server) => {
        await once(server.listen(0, '127.0.0.1'), 'listening');
        return (server.address() as AddressInfo).port;
      }),
    );
    const free = await freePorts(7);
    const others = ['CONSOLE', 'RELAY', 'REVENUE', 'AUDIT', 'KAFKA', 'KAFKA_CONTROLLER', 'REGISTRY'];
    const env = {
      ...Object.fromEntries(others.map((name, index) => [`${name}_PORT`, String(free[index])])),
      ORDERS_PORT: String(orders),
      POSTGRES_PORT: String(postgres),
    };
    await expect(refuseTakenPorts(readSettings(env))).rejects.toThrow(
      new RegExp(
        `postgres needs port ${postgres},.*POSTGRES_PORT=.*\\norder-service needs port ${orders},.*ORDERS_PORT=`,
      ),
    );
    // A part that is given or left out needs none.
    const without = { ...env, DATABASE_URL: 'postgres://a@b/c', ORDERLOG_WITHOUT: 'order-service' };
    await refuseTakenPorts(readSettings(without));
    for (const server of strangers) server.close();
  });
});
