import { RegistryUnavailable, type SchemaRegistry } from '@orderlog/kafka';
import {
  messageEncoder,
  readSchemaText,
  topicDefinitions,
  type MessageEncoder,
  type SchemaName,
} from '@orderlog/order-contract';
import { describeError, NotReady } from '@orderlog/service-kit';
import type { Pool } from 'pg';
import type { Gate } from '../orders/orders.js';
import { serviceProblem } from '../refusals/refusals.js';
import { log } from '../signals.js';
import { keepSchema, readKeptSchemas, type KeptSchema } from './kept-schemas.sql.js';

/** The registry knows our schemas under other ids than the messages that were written with them. */
export class SchemasDiffer extends Error {
  override readonly name = 'SchemasDiffer';
}

type Ids = Record<'OrderEvent' | 'OrderState' | 'OrderAttempt', number>;

const writes = ['OrderEvent', 'OrderState', 'OrderAttempt'] as const satisfies SchemaName[];

/**
 * The schema ids that messages carry. Looked up in the registry, never registered; kept in Postgres with their texts, so
 * that orders are taken while the registry is away; compared with it whenever it can be asked. Where it gives the same
 * text another id, it is not the registry that old messages were written with, and the service does not start.
 */
export class RegisteredSchemas implements Gate {
  readonly #subjects: { name: (typeof writes)[number]; subject: string; text: string }[];
  #encoder: MessageEncoder | undefined;
  #reason = 'the registry has not been asked yet';
  #checked = false;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly pool: Pool,
    private readonly registry: Pick<SchemaRegistry, 'lookUp' | 'schemaText'>,
    topicPrefix: string,
    private readonly askEveryMs = 2_000,
  ) {
    const definitions = topicDefinitions(topicPrefix);
    this.#subjects = writes.map((name) => {
      const subject = definitions.find((definition) => definition.schema === name)?.subject;
      if (subject === undefined) throw new Error(`no topic carries ${name}`);
      return { name, subject, text: readSchemaText(name) };
    });
  }

  /** @throws Problem 503 as long as no ids are known */
  pass(): void {
    if (!this.#encoder) throw serviceProblem('schemas-unknown');
  }

  encoder(): MessageEncoder {
    this.pass();
    return this.#encoder as MessageEncoder;
  }

  /** For /health/ready. */
  check(): Record<string, unknown> {
    if (!this.#encoder) {
      throw new NotReady(`no message can be written, for the ids of its schema are not known: ${this.#reason}`);
    }
    return { comparedWithRegistry: this.#checked };
  }

  /**
   * Learns the ids, and goes on asking in the background until the registry has been compared. Where it turns out only
   * then that ids differ, no more commands are taken.
   * @throws SchemasDiffer where the registry’s ids are not those that were kept
   */
  async start(): Promise<void> {
    await this.#askUnlessAway();
    if (!this.#encoder) log('schemas.waiting', { reason: this.#reason });
    else if (!this.#checked) log('schemas.unchecked', { reason: this.#reason });
    if (!this.#checked) this.#again();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #again(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#askUnlessAway().then(
        () => {
          if (!this.#checked) this.#again();
        },
        (error: SchemasDiffer) => {
          this.#encoder = undefined;
          this.#reason = error.message;
        },
      );
    }, this.askEveryMs);
  }

  /** Registry and Postgres may be away; that only ids differ is told to the caller. */
  async #askUnlessAway(): Promise<void> {
    try {
      await this.#ask();
    } catch (error) {
      if (error instanceof SchemasDiffer) throw error;
      this.#reason = describeError(error);
    }
  }

  async #ask(): Promise<void> {
    const kept = await readKeptSchemas(
      this.pool,
      this.#subjects.map(({ subject }) => subject),
    );
    const ids: Partial<Ids> = {};
    for (const { name, subject, text } of this.#subjects) {
      const ours = kept.find((schema) => schema.subject === subject && sameSchema(schema.text, text));
      if (ours) ids[name] = ours.id;
    }
    // What was kept is enough to take orders; the registry is compared as soon as it answers.
    if (isComplete(ids)) this.#encoder ??= messageEncoder(ids);
    for (const ours of this.#subjects) ids[ours.name] = await this.#compare(ours, kept);
    if (isComplete(ids)) this.#encoder ??= messageEncoder(ids);
    this.#checked = true;
  }

  /** @returns the id under which the registry has the schema, which is the one that was kept, or is kept now */
  async #compare({ subject, text }: { subject: string; text: string }, kept: readonly KeptSchema[]): Promise<number> {
    const found = await this.registry.lookUp(subject, text);
    const ours = kept.find((schema) => schema.subject === subject && sameSchema(schema.text, text));
    for (const earlier of kept.filter((schema) => schema.subject === subject)) {
      if (!(await this.#stillMeans(earlier))) {
        throw differing(subject, `id ${earlier.id} means another schema now, or none`);
      }
    }
    if (!found) {
      if (ours) throw differing(subject, `it no longer has the schema that messages carry as id ${ours.id}`);
      throw new NotRegistered(`${subject} is not registered in this version; run \`orderlog schemas register\``);
    }
    if (ours && ours.id !== found.id) {
      throw differing(subject, `the schema has id ${found.id} there, and messages carry it as ${ours.id}`);
    }
    if (!ours) {
      await keepSchema(this.pool, { subject, id: found.id, text });
      log('schemas.kept', { subject, id: found.id });
    }
    return found.id;
  }

  async #stillMeans({ id, text }: KeptSchema): Promise<boolean> {
    try {
      return sameSchema(await this.registry.schemaText(id), text);
    } catch (error) {
      if (error instanceof RegistryUnavailable) throw error;
      return false;
    }
  }
}

/** The deploy step has not been, or not with this release. */
class NotRegistered extends Error {
  override readonly name = 'NotRegistered';
}

function differing(subject: string, reason: string): SchemasDiffer {
  log('schemas.differ', { subject, reason });
  return new SchemasDiffer(
    `The registry differs from what messages were written with: of ${subject}, ${reason}. ` +
      'Bring the registry’s database back; do not register again.',
  );
}

const isComplete = (ids: Partial<Ids>): ids is Ids => writes.every((name) => ids[name] !== undefined);

/**
 * Whether messages written with one are read with the other as they were meant. The registry may lay a schema out in
 * another way than we do, and gives a schema whose documentation alone has changed the same id.
 */
const sameSchema = (one: string, other: string): boolean => one === other || meaningOf(one) === meaningOf(other);
const meaningOf = (text: string): string => JSON.stringify(withoutDocs(JSON.parse(text)));

function withoutDocs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDocs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'doc')
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, withoutDocs(inner)]),
  );
}
