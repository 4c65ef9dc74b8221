import { describe, expect, it } from '@jest/globals';
import { defaultPorts, readSettings } from './settings.js';

describe('the settings', () => {
  it('are the ports of the contract where nothing is set', () => {
    expect(readSettings({}).ports).toEqual(defaultPorts);
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
});
