import { describe, expect, it } from '@jest/globals';
import { readOrderServiceConfig } from './config.js';

describe('order-service’s config', () => {
  it('has the ports and addresses of the contract', () => {
    expect(readOrderServiceConfig({})).toMatchObject({
      host: '127.0.0.1',
      port: 7001,
      databaseUrl: 'postgres://orders:orders@127.0.0.1:7432/orderlog',
      kafkaBrokers: ['127.0.0.1:7092'],
      registryUrl: 'http://127.0.0.1:7081/apis/ccompat/v7',
      takeUnchecked: false,
    });
  });

  it('refuses what is misspelt', () => {
    expect(() => readOrderServiceConfig({ ORDERS_PROT: '1' })).toThrow('did you mean ORDERS_PORT?');
  });

  it('refuses the public secrets in production', () => {
    const wrong = () => readOrderServiceConfig({ NODE_ENV: 'production' });
    expect(wrong).toThrow(/ORDERS_IDEMPOTENCY_SECRET[\s\S]*ORDERS_CUSTOMER_KEY[\s\S]*ORDERS_SIGNING_KEY/);
    expect(
      readOrderServiceConfig({
        NODE_ENV: 'production',
        ORDERS_IDEMPOTENCY_SECRET: 'a secret of our own',
        ORDERS_CUSTOMER_KEY: Buffer.alloc(32, 7).toString('base64'),
        ORDERS_SIGNING_KEY: Buffer.alloc(32, 9).toString('base64'),
      }).customerKey,
    ).toHaveLength(32);
  });

  it.each(['x', Buffer.alloc(31).toString('base64'), 'ÄÖ'])(
    'refuses %j for a customer key, and does not repeat it',
    (key) => {
      expect(() => readOrderServiceConfig({ ORDERS_CUSTOMER_KEY: key })).toThrow(/^ORDERS_CUSTOMER_KEY: /);
      expect(() => readOrderServiceConfig({ ORDERS_CUSTOMER_KEY_ALSO: key })).toThrow(/^ORDERS_CUSTOMER_KEY_ALSO: /);
    },
  );
});
