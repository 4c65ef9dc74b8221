import type { Schema, Type } from 'avsc';
import { avsc } from './bounded-avsc.js';
import { MalformedMessage } from './registry-errors.js';
import type { SchemaRegistry } from './schema-registry.js';
import { schemaIdOf, wireHeaderBytes } from './wire-format.js';

export interface Decoded<T> {
  /** The schema that wrote it. */
  schemaId: number;
  value: T;
}

type Read = (value: Buffer) => unknown;

/**
 * Decodes messages of one topic into what the reader's schema knows. It keeps a resolver for each schema that has written,
 * because making one takes a thousand times as long as using it.
 *     const { value } = decoder.tryDecode(message.value) ?? (await decoder.decode(message.value));
 */
export class Decoder<T = unknown> {
  private readonly reader: Type;
  private readonly reads = new Map<number, Read>();

  constructor(
    private readonly registry: Pick<SchemaRegistry, 'schemaText'>,
    readerSchemaText: string,
  ) {
    this.reader = typeOf(readerSchemaText);
  }

  /** Decodes at once; undefined where the schema that wrote it is not here yet: then `decode` fetches it. @throws MalformedMessage */
  tryDecode(value: Buffer | null): Decoded<T> | undefined {
    const schemaId = schemaIdOf(value);
    const read = this.reads.get(schemaId);
    if (!read || !value) return undefined;
    try {
      return { schemaId, value: read(value) as T };
    } catch (cause) {
      throw new MalformedMessage(`it is not what schema ${schemaId} says (${(cause as Error).message})`, { cause });
    }
  }

  /** @throws MalformedMessage, UnknownSchema: the message is poison; RegistryUnavailable: wait */
  async decode(value: Buffer | null): Promise<Decoded<T>> {
    const schemaId = schemaIdOf(value);
    if (!this.reads.has(schemaId)) this.reads.set(schemaId, this.readerFor(await this.registry.schemaText(schemaId)));
    return this.tryDecode(value) as Decoded<T>;
  }

  private readerFor(writerSchemaText: string): Read {
    let resolver: ReturnType<Type['createResolver']>;
    try {
      resolver = this.reader.createResolver(typeOf(writerSchemaText));
    } catch (cause) {
      throw new MalformedMessage(`its schema does not fit the reader's (${(cause as Error).message})`, { cause });
    }
    return (value) => this.reader.fromBuffer(value.subarray(wireHeaderBytes), resolver) as unknown;
  }
}

/** Logical types stay what they are on the wire: timestamp-micros is the Instant that the house uses. */
const typeOf = (schemaText: string): Type => avsc.Type.forSchema(JSON.parse(schemaText) as Schema);
