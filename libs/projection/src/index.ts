/**
 * # projection: views of facts that anyone may read again at any time
 * A projection is a pure function from an event to rows. Everything else is done here, once, for all of them:
 *
 *     export const revenue = defineProjection({
 *       name: 'revenue-projection', schema: 'revenue', sources: [orderEvents], tables: revenueTables,
 *       identity: { columns: ['order_id', 'version'], of: (event) => [event.orderId, event.version] },
 *       rows: (event) => …,
 *     });
 *     const runtime = new ProjectionRuntime({ definition: revenue, … });   // its hooks go to a consumer of libs/kafka
 *
 * **Exactly once in effect.** Rows carry the event that they come from. A batch's rows, totals and offset are one
 * transaction; an event that comes again *replaces* what it had produced, and totals move by the difference. So a
 * redelivery changes nothing, and neither does a reset of the group's offsets, with anyone's tool, at any moment of it.
 *
 * **Kafka says where to read, Postgres says what was read.** The group's committed offset is the authority when a
 * partition is assigned. Behind what was read: `replaying`. Ahead of it: a hole, kept as a range until it is read.
 *
 * **A zombie cannot write.** At an assignment a member draws the partition's next epoch; each batch's transaction locks
 * the partition's row by it. A member that lost its partition finds no row.
 *
 * **Poison parks its order, not its partition**: the message and all later ones of the order wait in the schema, kept in
 * the batch's transaction; a copy goes to `<group>.dlq`; `retry` lets them through in order under the same row lock. A
 * registry or a database that is away is no poison: it waits, keeps its membership, and says so.
 *
 * **Generations.** Every table is keyed by generation first, and what answers is `live_generation`; tables are
 * partitioned by it, so that a rebuild fills one of its own beside the live one and is let go by a drop.
 *
 * Start reading at write-batch.ts (the transaction), then row-changes.ts (what replacing means).
 */
export { defineProjection } from './define-projection.js';
export type {
  ColumnType,
  Definition,
  Read,
  Row,
  Source,
  SourceMessage,
  Table,
  Touched,
  Value,
} from './define-projection.js';
export type { Queryable } from './database.js';
export type { DeadLetter, SendDeadLetters } from './dead-letters.js';
export { measure, type Gauges } from './measure.js';
export { isOfKafka, isPartAway, PartitionLost } from './failures.js';
export { ProjectionRuntime, type GroupView, type Membership, type RuntimeOptions } from './projection-runtime.js';
export type { ProjectionState, ProjectionStatus } from './projection-status.js';
export type { Progress } from './progress.js';
export type { ParkedStream } from './projection-status.sql.js';
export type { RetryOutcome } from './retry-parked.js';
export { projectionSignals, type ProjectionSignal, type SaySignal } from './signals.js';
export { KafkaView } from './kafka-view.js';
export { parkedOrders, projectionStatus, releasedOrder } from './status-schema.js';
