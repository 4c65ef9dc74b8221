import { Module, type DynamicModule } from '@nestjs/common';
import { EventStore } from '@orderlog/event-store';
import type { Config } from '../config.js';
import { Customers } from '../customers/customers.js';
import { ReadPool } from '../orders/read-pool.js';
import { AuditsWord } from './audits-word.js';
import { DossierKeyController } from './dossier-key.controller.js';
import { DossierController } from './dossier.controller.js';
import { Dossiers } from './dossiers.js';

@Module({ controllers: [DossierController, DossierKeyController] })
export class DossierModule {
  static with(config: Config): DynamicModule {
    return {
      module: DossierModule,
      providers: [
        {
          provide: Dossiers,
          useFactory: (store: EventStore, pool: ReadPool, customers: Customers) =>
            new Dossiers(store, pool, customers, config.signingKey, new AuditsWord(config.auditUrl)),
          inject: [EventStore, ReadPool, Customers],
        },
      ],
    };
  }
}
