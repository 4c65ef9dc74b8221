import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { currentSchemaVersion, orderEventTypes } from './stored-fact.js';
import { fieldOf } from './encoder.js';
import { messageTypes } from './message-types.js';
import { readSchemaText } from './schema-text.js';
import { schemaNames, type SchemaName } from './topics.js';

type Schema =
  string | Schema[] | { type: string | Schema; doc?: string; fields?: Field[]; items?: Schema; name?: string };
interface Field {
  name: string;
  doc?: string;
  type: Schema;
  default?: unknown;
}

/** Every field of a schema with the path that leads to it. */
function* fieldsOf(schema: Schema, path: string): Generator<[path: string, field: Field]> {
  if (typeof schema === 'string') return;
  if (Array.isArray(schema)) for (const branch of schema) yield* fieldsOf(branch, path);
  else if (schema.items) yield* fieldsOf(schema.items, path);
  else
    for (const field of schema.fields ?? []) {
      yield [`${path}.${field.name}`, field];
      yield* fieldsOf(field.type, `${path}.${field.name}`);
    }
}

const schemaOf = (name: SchemaName): Schema => JSON.parse(readSchemaText(name)) as Schema;
const typeOf = (text: string): avro.Type => avro.Type.forSchema(JSON.parse(text) as avro.Type);
const allFields = schemaNames.flatMap((name) => [...fieldsOf(schemaOf(name), name)]);
const released = new URL('../../../schemas/released/', import.meta.url);

describe('the schemas', () => {
  it('say of every field what it is', () => {
    expect(allFields.filter(([, { doc }]) => !doc).map(([path]) => path)).toEqual([]);
  });

  it('have no union but "null or one thing", with null first and the default', () => {
    const unions = allFields.filter(([, { type }]) => Array.isArray(type));
    expect(unions.length).toBeGreaterThan(30);
    for (const [path, { type, default: none }] of unions) {
      expect([path, (type as Schema[]).length, (type as Schema[])[0], none]).toEqual([path, 2, 'null', null]);
    }
  });

  it('count money in whole minor units and times in microseconds', () => {
    for (const [path, { name, type }] of allFields) {
      const plain = Array.isArray(type) ? type[1] : type;
      if (/^(amount|total|captured|refunded|owed|share|unitPrice|allowed|existingTotal)$/.test(name)) {
        expect([path, plain]).toEqual([path, 'long']);
      }
      if (/At$/.test(name)) {
        expect([path, plain]).toEqual([path, { type: 'long', logicalType: 'timestamp-micros' }]);
      }
    }
    expect(JSON.stringify(schemaNames.map(schemaOf))).not.toMatch(/"(float|double|enum)"/);
  });

  it('give every type of fact a field of its own', () => {
    const { fields } = schemaOf('OrderEvent') as { fields: Field[] };
    const names = fields.map(({ name }) => name);
    for (const type of orderEventTypes) {
      expect(names).toContain(fieldOf(type));
      expect(currentSchemaVersion(type)).toBeGreaterThanOrEqual(1);
    }
  });

  it('have the types of messages.generated.ts', () => {
    const checkedIn = readFileSync(new URL('messages.generated.ts', import.meta.url), 'utf8');
    expect(checkedIn).toBe(messageTypes(schemaNames.map(readSchemaText))); // else: npm run schemas:types
  });

  it.each(schemaNames)('%s reads what every release wrote, and every release reads what it writes', (name) => {
    const releases = readdirSync(released).filter((release) =>
      existsSync(new URL(`${release}/${name}.avsc`, released)),
    );
    expect(releases).not.toEqual([]);
    const now = typeOf(readSchemaText(name));
    for (const release of releases) {
      const then = typeOf(readFileSync(new URL(`${release}/${name}.avsc`, released), 'utf8'));
      expect(() => now.createResolver(then)).not.toThrow();
      expect(() => then.createResolver(now)).not.toThrow();
    }
  });
});
