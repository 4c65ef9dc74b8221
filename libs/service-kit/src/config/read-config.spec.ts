import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigRefused, count, nearestTo, port, postgresUrl, readConfig } from './read-config.js';

const read = (env: Record<string, string>) =>
  readConfig({
    app: 'order-service',
    env,
    prefix: 'ORDERS_',
    own: {
      ORDERS_PORT: port(7001),
      ORDERS_APPEND_TIMEOUT_MS: count(5_000),
      ORDERS_DATABASE_URL: postgresUrl('postgres://orders:orders@127.0.0.1:7432/orderlog'),
      ORDERS_SECRET: z.string().min(16).default('sixteen letters!'),
    },
  });

describe('a config', () => {
  it('has defaults for all that is not given, and takes an empty text for not given', () => {
    expect(read({ ORDERS_PORT: '' })).toMatchObject({
      ORDERS_PORT: 7001,
      ORDERS_APPEND_TIMEOUT_MS: 5_000,
      KAFKA_BROKERS: '127.0.0.1:7092',
      LOG_LEVEL: 'info',
    });
  });

  it('refuses a misspelt name and says which was meant', () => {
    expect(() => read({ ORDERS_PROT: '7001' })).toThrow(
      new ConfigRefused('ORDERS_PROT is not a setting of order-service; did you mean ORDERS_PORT?'),
    );
  });

  it('leaves alone other apps’ names, and its own address that is meant for them', () => {
    expect(read({ RELAY_PROT: '1', PATH: '/bin', ORDERS_URL: 'http://orders:7001' }).ORDERS_PORT).toBe(7001);
  });

  it.each([
    ['ORDERS_PORT', '70000', 'must be at most 65535'],
    ['ORDERS_PORT', 'a', 'is not a number'],
    ['ORDERS_APPEND_TIMEOUT_MS', '0', 'must be at least 1'],
    ['ORDERS_APPEND_TIMEOUT_MS', '1.5', 'is not a whole number'],
    ['ORDERS_DATABASE_URL', 'mysql://x', 'must start with postgres:// or postgresql://'],
    ['KAFKA_BROKERS', ' ', 'is blank'],
  ])('refuses %s=%s: %s', (name, value, why) => {
    expect(() => read({ [name]: value })).toThrow(new ConfigRefused(`${name}: ${why}.`));
  });

  it('says which values there are', () => {
    expect(() => read({ LOG_LEVEL: 'loud' })).toThrow(/^LOG_LEVEL: .*"debug"\|"info"/);
  });

  it('says all that is wrong at once, and never repeats a value', () => {
    const wrong = () => read({ ORDERS_PORT: 'x', ORDERS_SECRET: 'hunter2' });
    expect(wrong).toThrow(/ORDERS_PORT[\s\S]*ORDERS_SECRET/);
    expect(wrong).not.toThrow(/hunter2/);
  });
});

describe('the nearest name', () => {
  it('is at most three edits away', () => {
    expect(nearestTo('quantitty', ['sku', 'quantity', 'unitPrice'])).toBe('quantity');
    expect(nearestTo('colour', ['sku', 'quantity'])).toBeUndefined();
    expect(nearestTo('x', [])).toBeUndefined();
  });
});
