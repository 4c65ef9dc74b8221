import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

describe('the addresses of the commands', () => {
  it('are those of `npm start`', () => {
    expect(readConfig({})).toMatchObject({
      ORDERS_DATABASE_URL: 'postgres://orders:orders@127.0.0.1:7432/orderlog',
      KAFKA_BROKERS: '127.0.0.1:7092',
      REVENUE_URL: 'http://127.0.0.1:7003',
    });
  });

  it('are on the ports that it was moved to', () => {
    const moved = {
      ...{ POSTGRES_PORT: '9432', KAFKA_PORT: '9092', REGISTRY_PORT: '9081' },
      ...{ ORDERS_PORT: '9001', REVENUE_PORT: '9003' },
    };
    expect(readConfig(moved)).toMatchObject({
      DATABASE_URL: 'postgres://postgres:postgres@127.0.0.1:9432/orderlog',
      ORDERS_DATABASE_URL: 'postgres://orders:orders@127.0.0.1:9432/orderlog',
      VERIFY_DATABASE_URL: 'postgres://verify:verify@127.0.0.1:9432/orderlog',
      KAFKA_BROKERS: '127.0.0.1:9092',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:9081/apis/ccompat/v7',
      REVENUE_URL: 'http://127.0.0.1:9003',
      ORDERS_URL: 'http://127.0.0.1:9001',
      AUDIT_URL: 'http://127.0.0.1:7004',
    });
  });

  it('are in the Postgres that it was given', () => {
    expect(readConfig({ DATABASE_URL: 'postgres://me:secret@db.shop:5432/shop' })).toMatchObject({
      ORDERS_DATABASE_URL: 'postgres://orders:orders@db.shop:5432/shop',
    });
  });

  it('are what is said, where it is said', () => {
    expect(readConfig({ POSTGRES_PORT: '9432', ORDERS_DATABASE_URL: 'postgres://o:p@h:1/d' })).toMatchObject({
      ORDERS_DATABASE_URL: 'postgres://o:p@h:1/d',
    });
  });
});
