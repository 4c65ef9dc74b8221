/** # kafka */
export * from './connection.js';
export * from './admin/kafka-admin.js';
export * from './admin/ensure-topics.js';
export * from './admin/offsets.js';
export * from './admin/read-ends.js';
export * from './admin/groups.js';
export * from './admin/until.js';
export * from './admin/wait-for-kafka.js';
export * from './registry/registry-errors.js';
export * from './registry/schema-registry.js';
export * from './registry/decoder.js';
export * from './registry/wire-format.js';
export * from './consuming/received-batch.js';
export * from './consuming/batch-consumer.js';
export * from './producing/plain-producer.js';
export * from './producing/produce-errors.js';
export {
  FencedProducer,
  type Fence,
  type FencedProducerOptions,
  type FencedRecord,
} from './producing/fenced-producer.js';
export { InterruptibleNetwork } from './testing/interruptible-network.js';
export * from './nest/batch-handler.js';
export * from './nest/batch-server.js';
