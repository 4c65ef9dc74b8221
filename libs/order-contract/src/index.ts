/**
 * # order-contract: from domain facts to what other teams read
 * The order-service decides a fact; the store keeps it as type and data (`toStored`, `fromStored`), and in the same
 * transaction the messages that carry it are written, finished, into the outbox:
 *     const encoder = messageEncoder(ids);                            // the registry's ids, read once at start
 *     messagesOf(recorded, orderAfter, encoder, topicNames())         // one per fact, and the state after the last
 * A consumer gets the same back, exactly as the store has it, so that it can compute the fact's hash itself:
 *     const event = readOrderEvent(decoded);                          // event.fact is null: a type from the future
 *     hashHolds(event)
 * Which topics there are, with which settings, partitions and subjects: topics.ts. Which partition an order is on:
 * partition.ts. The schemas themselves are schemas/*.avsc, and schemas/README.md is what subscribers read; the types in
 * messages.generated.ts are made from them.
 *
 * What happened to one order, signed, for a dispute (`GET /orders/:id/dossier`): dossier/, made and checked by the same rules.
 *
 * Promised: what does not fit the contract, or the broker, is refused before it is committed; a message's data is what
 * was hashed. Adding a type of fact: CONTRIBUTING.md; another shape of one: an upcaster in stored-fact.ts.
 */
export { recordAttemptsQuery, recordedAttemptsQuery } from './attempt-row.js';
export { canonicalBytes, canonicalDocument, hashOf, noHash, type Hashed } from './canonical-document.js';
export {
  checkpointBytes,
  keyIdOf,
  publicKeyOf,
  signatureHolds,
  signCheckpoint,
  signingKeyOf,
  type UnsignedCheckpoint,
} from './checkpoint.js';
export { ContractError } from './contract-error.js';
export { attemptSentence } from './dossier/attempt-sentence.js';
export { checkDossier, type CheckedDossier, type DossierProblem } from './dossier/check-dossier.js';
export {
  checkpointProblem,
  withoutCheckpoint,
  type DossierCheckpoint,
  type WithoutCheckpoint,
} from './dossier/dossier-checkpoint.js';
export {
  dossierDocument,
  dossierFormat,
  dossierSignature,
  type Dossier,
  type DossierAttempt,
  type DossierFact,
  type RunningMoney,
  type SignedDossier,
} from './dossier/dossier.js';
export { commandOf, dossierOf, type DossierSources } from './dossier/make-dossier.js';
export { codeOf, shownAs } from './dossier/shown-text.js';
export {
  pageSealOf,
  personOnPageOf,
  privateKeyOf,
  publicPemOf,
  sealPage,
  signDossier,
  type PageForm,
  type PageSeal,
} from './dossier/sign-dossier.js';
export {
  avroType,
  avroTypeOf,
  checkpointEncoder,
  messageEncoder,
  stateMessage,
  type Attempt,
  type MessageEncoder,
  type StateAt,
} from './encoder.js';
export {
  claimSchema,
  claimViewOf,
  historyBeforeOf,
  historyBeforeSchema,
  loggedPastOf,
  loggedPastSchema,
  type HistoryBefore,
  type LoggedPastView,
} from './imported-history.js';
export { attemptMessage, messagesOf } from './messages-of.js';
export type {
  CheckpointMessage,
  OrderAttemptMessage,
  OrderEventMessage,
  OrderStateMessage,
} from './messages.generated.js';
export { murmur2, partitionOf } from './partition.js';
export {
  after,
  afterAll,
  atFact,
  fromKeptState,
  keptState,
  keptStateShape,
  noState,
  type FoldedFact,
  type OrderState,
} from './folded-state.js';
export { hashHolds, metadataOf, readOrderEvent, unknownNameOf, type ReceivedOrderEvent } from './received-event.js';
export type { FactMetadata, OutboxMessageLike, RecordedFact } from './recorded-fact.js';
export { destroyReturnedKeysQuery } from './returned-keys.js';
export { readSchemaText } from './schema-text.js';
export { endsPerPartition, standBesideTopic, wasPutBack, type StoreBesideTopic } from './store-beside-topic.js';
export {
  currentSchemaVersion,
  fromStored,
  isOrderEventType,
  orderEventTypes,
  toStored,
  unreadable,
  unreadableShapes,
  type StoredFact,
} from './stored-fact.js';
export {
  MAX_MESSAGE_BYTES,
  PARTITIONS,
  schemaNames,
  topicDefinitions,
  topicNames,
  type SchemaName,
  type TopicDefinition,
  type TopicNames,
} from './topics.js';
