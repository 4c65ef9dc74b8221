import { Injectable } from '@nestjs/common';
import type { Config } from '../config.js';
import { Service } from './service.js';

/** The four services that the console reads. */
@Injectable()
export class Services {
  readonly orders: Service;
  readonly relay: Service;
  readonly revenue: Service;
  readonly audit: Service;

  constructor({ urls, askLimitMs }: Pick<Config, 'urls' | 'askLimitMs'>) {
    this.orders = new Service('order-service', urls['order-service'], askLimitMs);
    this.relay = new Service('outbox-relay', urls['outbox-relay'], askLimitMs);
    this.revenue = new Service('revenue-projection', urls['revenue-projection'], askLimitMs);
    this.audit = new Service('audit-projection', urls['audit-projection'], askLimitMs);
  }
}
