import { Module, type DynamicModule, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { brokersOf } from '@orderlog/kafka';
import { RelayController } from './backlog/relay.controller.js';
import { RelayFigures } from './backlog/relay-figures.js';
import type { Config } from './config.js';
import { Relay } from './relay.js';

/** The one place where the parts of the relay are joined. */
@Module({ controllers: [RelayController], providers: [RelayFigures] })
export class AppModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly relay: Relay) {}

  static with(config: Config): DynamicModule {
    const kafka = { brokers: brokersOf(config.kafkaBrokers), clientId: 'outbox-relay' };
    return { module: AppModule, providers: [{ provide: Relay, useFactory: () => new Relay({ ...config, kafka }) }] };
  }

  onApplicationBootstrap(): void {
    this.relay.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
  }
}
