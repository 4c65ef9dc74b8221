import { Decoder } from './decoder.js';
import { RegistryRefused, RegistryUnavailable, UnknownSchema } from './registry-errors.js';

export type Compatibility =
  'NONE' | 'BACKWARD' | 'BACKWARD_TRANSITIVE' | 'FORWARD' | 'FORWARD_TRANSITIVE' | 'FULL' | 'FULL_TRANSITIVE';

export interface SchemaRegistryOptions {
  /** With the API's path: `http://127.0.0.1:7081/apis/ccompat/v7`. */
  url: string;
  /** How long one request may take. Default 5,000. */
  timeoutMs?: number;
  /** How long an unknown schema id is remembered as unknown, so that a bad message does not hammer the registry. Default 10,000. */
  unknownForMs?: number;
}

/** Confluent's codes for "there is no such subject / version / schema". Any other 404 is a wrong address. */
const notThere = new Set([40401, 40402, 40403]);
const unknownIdsKept = 10_000;

/**
 * The schema registry, over Confluent's REST API. Running services look up and never register; the deploy step sets the
 * level and registers.
 *
 * It asks by `fetch` and not through `@kafkajs/confluent-schema-registry`, because that answers a connection that was
 * refused with status 400: it cannot tell a registry that is away (wait) from a schema that does not exist (poison). And because Apicurio
 * compares texts byte by byte unless it is asked to normalise: laid out in another way, a schema would be a new version.
 */
export class SchemaRegistry {
  private readonly texts = new Map<number, string>();
  private readonly asked = new Map<number, Promise<string>>();
  private readonly unknownUntil = new Map<number, number>();

  constructor(private readonly options: SchemaRegistryOptions) {}

  /** @returns id and version under which the subject holds this very schema; null: it does not. Never registers. */
  async lookUp(subject: string, schemaText: string): Promise<{ id: number; version: number } | null> {
    const answer = await this.ask('POST', `/subjects/${encodeURIComponent(subject)}?normalize=true`, {
      schema: schemaText,
    });
    if (answer.missing) return null;
    const { id, version } = answer.body as { id: number; version: number };
    return { id, version };
  }

  /** For the deploy step: registers (again: nothing new). Set the level first. @throws RegistryRefused where it is incompatible */
  async register(subject: string, schemaText: string): Promise<number> {
    const answer = await this.ask('POST', `/subjects/${encodeURIComponent(subject)}/versions?normalize=true`, {
      schema: schemaText,
    });
    if (answer.missing) throw new RegistryRefused(`no subject ${subject}`, 404, answer.code);
    return (answer.body as { id: number }).id;
  }

  /** For the deploy step; works before the subject has a schema. */
  async setCompatibility(subject: string, level: Compatibility): Promise<void> {
    await this.ask('PUT', `/config/${encodeURIComponent(subject)}`, { compatibility: level });
  }

  /** @returns the level set for the subject; null: none is, the registry's own default holds */
  async compatibility(subject: string): Promise<Compatibility | null> {
    const answer = await this.ask('GET', `/config/${encodeURIComponent(subject)}`);
    return answer.missing ? null : (answer.body as { compatibilityLevel: Compatibility }).compatibilityLevel;
  }

  /** @returns whether the schema may become the subject's next version, by the subject's level, and what is against it */
  async checkCompatibility(subject: string, schemaText: string): Promise<{ compatible: boolean; reasons: string[] }> {
    const path = `/compatibility/subjects/${encodeURIComponent(subject)}/versions?verbose=true`;
    const answer = await this.ask('POST', path, { schema: schemaText });
    if (answer.missing) return { compatible: true, reasons: [] }; // a subject without versions takes any
    const body = answer.body as { is_compatible: boolean; messages?: string[]; reason?: string };
    return { compatible: body.is_compatible, reasons: body.messages ?? (body.reason ? [body.reason] : []) };
  }

  async subjects(): Promise<string[]> {
    const answer = await this.ask('GET', '/subjects');
    return answer.missing ? [] : (answer.body as string[]);
  }

  /** The text of a schema; kept for ever, because an id never changes its meaning. @throws UnknownSchema, RegistryUnavailable */
  async schemaText(id: number): Promise<string> {
    const known = this.texts.get(id);
    if (known !== undefined) return known;
    const unknownUntil = this.unknownUntil.get(id);
    if (unknownUntil !== undefined && unknownUntil > Date.now()) throw new UnknownSchema(id);
    const asked = this.asked.get(id) ?? this.fetchSchemaText(id).finally(() => this.asked.delete(id));
    this.asked.set(id, asked);
    return asked;
  }

  /** Reads messages as the reader's schema sees them, whatever version wrote them. */
  decoder<T = unknown>(readerSchemaText: string): Decoder<T> {
    return new Decoder<T>(this, readerSchemaText);
  }

  private async fetchSchemaText(id: number): Promise<string> {
    const answer = await this.ask('GET', `/schemas/ids/${id}`);
    if (answer.missing) {
      this.unknownUntil.delete(id);
      this.unknownUntil.set(id, Date.now() + (this.options.unknownForMs ?? 10_000));
      for (const oldest of this.unknownUntil.keys()) {
        if (this.unknownUntil.size <= unknownIdsKept) break;
        this.unknownUntil.delete(oldest);
      }
      throw new UnknownSchema(id);
    }
    const { schema } = answer.body as { schema: string };
    this.unknownUntil.delete(id);
    this.texts.set(id, schema);
    return schema;
  }

  private async ask(method: string, path: string, body?: object): Promise<Answer> {
    const what = `${method} ${path}`;
    let status: number;
    let text: string;
    try {
      const response = await fetch(this.options.url + path, {
        method,
        headers: {
          accept: 'application/vnd.schemaregistry.v1+json, application/json',
          ...(body && { 'content-type': 'application/vnd.schemaregistry.v1+json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(this.options.timeoutMs ?? 5_000),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw new RegistryUnavailable(`${what} got no answer`, { cause });
    }
    const read = jsonOf(text);
    const code = (read as { error_code?: number } | undefined)?.error_code;
    const message = (read as { message?: string } | undefined)?.message ?? text.slice(0, 200);
    if (status >= 200 && status < 300) {
      if (read === undefined) throw new RegistryUnavailable(`${what} was answered by something else than a registry`);
      return { missing: false, body: read };
    }
    if (status === 404 && code !== undefined && notThere.has(code)) return { missing: true, code };
    if (status === 409 || status === 422) throw new RegistryRefused(`${what}: ${message}`, status, code);
    throw new RegistryUnavailable(`${what} was answered ${status} ${message}`);
  }
}

type Answer = { missing: false; body: unknown } | { missing: true; code: number };

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
