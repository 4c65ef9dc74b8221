import { beforeAll, describe, expect, it } from '@jest/globals';
import { stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { readSchemaText } from './schema-text.js';
import { topicDefinitions } from './topics.js';

/** Against a real registry: what our promise of compatibility lets through, and what not. */
const { SCHEMA_REGISTRY_URL } = stackAddresses();

async function ask(
  method: string,
  path: string,
  body: object,
): Promise<{ status: number; answer: Record<string, unknown> }> {
  const response = await fetch(`${SCHEMA_REGISTRY_URL}${path}`, {
    method,
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, answer: (await response.json()) as Record<string, unknown> };
}

const register = (subject: string, schema: string) => ask('POST', `/subjects/${subject}/versions`, { schema });

type Field = { name: string; type: unknown; default?: unknown };
const changed = (change: (fields: Field[]) => Field[]): string => {
  const schema = JSON.parse(readSchemaText('OrderEvent')) as { fields: Field[] };
  return JSON.stringify({ ...schema, fields: change(schema.fields) });
};
const painted = { type: 'record', name: 'OrderPainted', fields: [{ name: 'colour', type: 'string' }] };

describe('under FULL_TRANSITIVE', () => {
  const definitions = topicDefinitions(topicPrefix());
  const { subject } = definitions[0]!;

  beforeAll(async () => {
    for (const definition of definitions) {
      const level = await ask('PUT', `/config/${definition.subject}`, { compatibility: 'FULL_TRANSITIVE' });
      expect(level.status).toBe(200);
      const made = await register(definition.subject, readSchemaText(definition.schema));
      expect([definition.schema, made.status]).toEqual([definition.schema, 200]);
    }
  }, 60_000);

  it('the schemas are registered, and are the same again', async () => {
    for (const { subject: known, schema } of definitions) {
      const first = await register(known, readSchemaText(schema));
      const again = await register(known, readSchemaText(schema));
      expect(again.answer.id).toBe(first.answer.id);
    }
  });

  it('a new type of fact, a nullable field with default null, is accepted', async () => {
    const made = await register(
      subject,
      changed((fields) => [...fields, { name: 'orderPainted', type: ['null', painted], default: null }]),
    );
    expect(made.status).toBe(200);
  });

  it.each<[string, (fields: Field[]) => Field[]]>([
    [
      'a new branch in a union',
      (fields) =>
        fields.map((field) =>
          field.name === 'orderPlaced' ? { ...field, type: [...(field.type as unknown[]), painted] } : field,
        ),
    ],
    ['a field without a default', (fields) => [...fields, { name: 'colour', type: 'string' }]],
    ['a field that is gone', (fields) => fields.filter(({ name }) => name !== 'orderId')],
    [
      'another type of a field',
      (fields) => fields.map((field) => (field.name === 'version' ? { ...field, type: 'string' } : field)),
    ],
  ])('%s is refused', async (_, change) => {
    const refused = await register(subject, changed(change));
    expect(refused.status).toBe(409);
  });
});
