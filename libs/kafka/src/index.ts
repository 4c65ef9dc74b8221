/**
 * # kafka: kafkajs and the registry behind one small port
 * Nothing else in the workspace imports kafkajs. It is loaded once, pinned, with its faults mended (kafkajs-mended.ts says
 * which, and a test holds each); what it does not make public is named in one file (inside-kafkajs.ts).
 *
 * **Sending.** A partition's messages come from whoever holds its identity, and from nobody before him:
 *     const fence = await producer.lease('relay-3');         // a new epoch
 *     await fence.send(3, records);                          // all replicas have them, or the fence is spent
 * After any failure: a new lease, and all again from the first record that was not acknowledged (fenced-producer.ts).
 * `PlainProducer` has no fence and is for copies that people read.
 *
 * **Receiving.** Whole batches, one of a partition at a time; the offset is committed after the handler, never before:
 *     const consumer = consumeBatches({ connection, groupId, topics, handle: async (batch) => { … }, onFailure });
 * The group's own offsets, read at each assignment, say where reading begins: anyone's reset tool works. A batch whose
 * partition was lost is stale at once (`signal`, `heartbeat()` throws AssignmentLost). Under Nest: `BatchServer`,
 * `@BatchHandler(token)`.
 *
 * **Schemas.** Services look up and decode; only the deploy step registers:
 *     const decoder = registry.decoder(readerSchemaText);
 *     const { value } = decoder.tryDecode(message.value) ?? (await decoder.decode(message.value));
 * RegistryUnavailable: wait. UnknownSchema, MalformedMessage: the message is poison.
 *
 * **Operating.** `withAdmin(connection, (kafka) => ensureTopics(kafka, definitions))`, `resetGroup`, `waitForEmptyGroup` …
 *
 * Promised: no wait without a limit; at least once, in order; no batch skipped. Not promised: that a message comes once
 * (consumers deduplicate), or that a group's offset survives a broker that lost its disk.
 */
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
