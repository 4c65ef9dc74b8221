/**
 * # projection-service: a projection as an app of its own
 * What every such app has beside its own questions: the runtime between Kafka and its tables, a pool to answer from,
 * `/projection` for its operators, health checks and figures, and an end in order.
 *
 *     // app.module.ts
 *     const projection = projectionParts({ name: 'revenue-projection', config, log, topics: { events }, definition: revenue(…) });
 *     return {
 *       module: AppModule,
 *       controllers: [RevenueController, CountBatchesController, ...projection.controllers],
 *       providers: [{ provide: RevenueDatabase, useValue: new RevenueDatabase(projection.pool) }, ...projection.providers],
 *     };
 *     // start-revenue-projection.ts
 *     const service = await startService({ …, problemOf: partAway, transports: batchTransports });
 *     openProjection(service);
 *
 * `@orderlog/projection-service/testing` gives a test topics, schemas, a database and facts of its own for such an app.
 * What the facts mean is the app's: its definition, and a controller that hands each topic's batches to the runtime.
 */
export { batchTransports, openProjection, partAway, projectionParts, type ProjectionApp } from './projection-parts.js';
