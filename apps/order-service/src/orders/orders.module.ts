import {
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { EventStore } from '@orderlog/event-store';
import { SchemaRegistry } from '@orderlog/kafka';
import { topicNames } from '@orderlog/order-contract';
import { Health, Metrics } from '@orderlog/service-kit';
import { Attempts } from '../attempts/attempts.js';
import type { Config } from '../config.js';
import { Customers } from '../customers/customers.js';
import { Wrapping } from '../customers/wrapping.js';
import { RegisteredSchemas } from '../registered-schemas/registered-schemas.js';
import { StoreBehindTopic } from '../store-and-topic/store-behind-topic.js';
import { topicEndsOf } from '../store-and-topic/topic-ends.js';
import { StoreFitsRelease } from '../stored-facts/store-fits-release.js';
import { FoldedStates } from '../snapshots/folded-states.js';
import { SealedSnapshots } from '../snapshots/sealed-snapshots.js';
import { SnapshotCounts } from '../snapshots/snapshot-counts.js';
import { SnapshotWriter } from '../snapshots/snapshot-writer.js';
import { Orders } from './orders.js';
import { ReadPool } from './read-pool.js';

/** What every feature works with, and what must be so before the first request. */
@Module({})
export class OrdersModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly store: EventStore,
    private readonly pool: ReadPool,
    private readonly schemas: RegisteredSchemas,
    private readonly topic: StoreBehindTopic,
    private readonly fits: StoreFitsRelease,
    private readonly folded: FoldedStates,
    writer: SnapshotWriter,
    orders: Orders,
    health: Health,
    metrics: Metrics,
  ) {
    health.add({
      name: 'postgres',
      check: async () => {
        await pool.query('select 1');
      },
    });
    health.add({ name: 'store-and-release', check: async () => fits.check() });
    health.add({ name: 'schemas', check: async () => schemas.check() });
    health.add({ name: 'store-and-topic', check: async () => topic.check() });
    metrics.gauge(
      'orders_store_position',
      'position of the last fact: how many there are',
      [],
      async () => (await store.head()).position,
    );
    metrics.gauge('orders_commands_waiting', 'commands that wait or are under way', [], () => orders.waiting);
    metrics.gauge('orders_snapshots_waiting', 'states that wait to be kept', [], () => writer.waiting);
    metrics.gauge('orders_states_cached', 'latest states in memory', [], () => orders.cached);
  }

  /** @throws ReleaseDoesNotFit, SchemasDiffer: the service does not start */
  async onApplicationBootstrap(): Promise<void> {
    await this.fits.start();
    this.folded.start();
    await Promise.all([this.schemas.start(), this.topic.start()]);
  }

  /** After the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    this.schemas.stop();
    this.topic.stop();
    this.fits.stop();
    await this.folded.stop();
    await this.store.close();
    await this.pool.end();
  }

  static with(config: Config): DynamicModule {
    const topics = topicNames(config.topicPrefix);
    const providers: Provider[] = [
      {
        provide: EventStore,
        useFactory: () =>
          new EventStore({
            connectionString: config.databaseUrl,
            poolSize: config.poolSize,
            appendTimeoutMs: config.appendTimeoutMs,
            readTimeoutMs: config.readTimeoutMs,
          }),
      },
      {
        provide: ReadPool,
        useFactory: () =>
          new ReadPool({ connectionString: config.databaseUrl, size: 2, timeoutMs: config.readTimeoutMs }),
      },
      {
        provide: RegisteredSchemas,
        useFactory: (pool: ReadPool) =>
          new RegisteredSchemas(
            pool,
            new SchemaRegistry({ url: config.registryUrl, timeoutMs: 2_000 }),
            config.topicPrefix,
          ),
        inject: [ReadPool],
      },
      {
        provide: StoreBehindTopic,
        useFactory: (store: EventStore) =>
          new StoreBehindTopic(store, topicEndsOf(config.kafkaBrokers, topics.events), {
            takeUnchecked: config.takeUnchecked,
          }),
        inject: [EventStore],
      },
      {
        provide: StoreFitsRelease,
        useFactory: (store: EventStore, pool: ReadPool) => new StoreFitsRelease(store, pool),
        inject: [EventStore, ReadPool],
      },
      {
        provide: Wrapping,
        useFactory: () => new Wrapping(config.customerKey, config.customerKeyAlso),
      },
      {
        provide: Customers,
        useFactory: (pool: ReadPool, wrapping: Wrapping, topic: StoreBehindTopic) =>
          new Customers(pool, wrapping, topic),
        inject: [ReadPool, Wrapping, StoreBehindTopic],
      },
      {
        provide: SealedSnapshots,
        useFactory: () => new SealedSnapshots(config.idempotencySecret),
      },
      {
        provide: SnapshotCounts,
        useFactory: (metrics: Metrics) => new SnapshotCounts(metrics),
        inject: [Metrics],
      },
      {
        provide: SnapshotWriter,
        useFactory: (store: EventStore, sealed: SealedSnapshots, counts: SnapshotCounts) =>
          new SnapshotWriter(store, sealed, counts),
        inject: [EventStore, SealedSnapshots, SnapshotCounts],
      },
      {
        provide: FoldedStates,
        useFactory: (store: EventStore, sealed: SealedSnapshots, writer: SnapshotWriter, counts: SnapshotCounts) =>
          new FoldedStates(store, sealed, writer, counts, config.snapshotEvery),
        inject: [EventStore, SealedSnapshots, SnapshotWriter, SnapshotCounts],
      },
      {
        provide: Orders,
        useFactory: (
          store: EventStore,
          folded: FoldedStates,
          pool: ReadPool,
          schemas: RegisteredSchemas,
          topic: StoreBehindTopic,
          fits: StoreFitsRelease,
        ) =>
          new Orders(
            store,
            folded,
            schemas,
            new Attempts(store, pool, schemas, topics),
            topics,
            [fits, topic, schemas],
            {
              waitingPerOrder: config.waitingPerOrder,
              waiting: config.waiting,
              waitLimitMs: config.waitLimitMs,
              cachedOrders: config.cachedOrders,
              idempotencySecret: config.idempotencySecret,
            },
          ),
        inject: [EventStore, FoldedStates, ReadPool, RegisteredSchemas, StoreBehindTopic, StoreFitsRelease],
      },
    ];
    return {
      module: OrdersModule,
      global: true,
      providers,
      exports: [EventStore, ReadPool, Customers, Wrapping, Orders],
    };
  }
}
