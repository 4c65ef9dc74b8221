/**
 * Makes the TypeScript types of the messages from schemas/*.avsc: `npm run schemas:types`. Needs nothing but Node, so
 * that it runs before anything is built. A test compares what it makes with the file that is checked in.
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface AvroRecord {
  type: 'record';
  name: string;
  doc?: string;
  fields: { name: string; doc?: string; type: AvroType }[];
}
type AvroType = string | AvroRecord | { type: 'array'; items: AvroType } | { type: string } | AvroType[];

const primitives: Record<string, string> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  string: 'string',
  bytes: 'Buffer',
};

/** @returns the text of messages.generated.ts for the texts of these schemas. */
export function messageTypes(schemaTexts: readonly string[]): string {
  const written = new Map<string, string>();
  for (const text of schemaTexts) {
    // Nested types go by the name of the message that they are part of, so that two schemas may both have a `Payment`.
    const schema = JSON.parse(text) as AvroRecord;
    writeRecord(schema, `${schema.name}Message`, schema.name, written);
  }
  return [
    '/** Made from schemas/*.avsc by `npm run schemas:types`. Do not edit. */',
    '',
    [...written.values()].join('\n\n'),
    '',
  ].join('\n');
}

function writeRecord(record: AvroRecord, name: string, message: string, written: Map<string, string>): void {
  written.set(name, '');
  const fields = record.fields.map(
    (field) => `${comment(field.doc, '  ')}  ${field.name}: ${typeText(field.type, message, written)};`,
  );
  written.set(name, `${comment(record.doc, '')}export interface ${name} {\n${fields.join('\n')}\n}`);
}

function typeText(type: AvroType, message: string, written: Map<string, string>): string {
  if (Array.isArray(type)) {
    const branches = type.map((branch) => typeText(branch, message, written));
    return [...branches.filter((branch) => branch !== 'null'), ...branches.filter((b) => b === 'null')].join(' | ');
  }
  if (typeof type === 'string') return primitives[type] ?? nestedName(type, message);
  if ('items' in type) return `${typeText(type.items, message, written)}[]`;
  if ('fields' in type) {
    const name = nestedName(type.name, message);
    if (!written.has(name)) writeRecord(type, name, message, written);
    return name;
  }
  return typeText(type.type, message, written);
}

const nestedName = (name: string, message: string): string => `${message}${name}`;

const comment = (doc: string | undefined, indent: string): string => (doc ? `${indent}/** ${doc} */\n` : '');

if (import.meta.main) {
  const root = new URL('../../../schemas/', import.meta.url);
  const texts = ['OrderEvent', 'OrderState', 'OrderAttempt', 'Checkpoint'].map((name) =>
    readFileSync(new URL(`${name}.avsc`, root), 'utf8'),
  );
  writeFileSync(new URL('messages.generated.ts', import.meta.url), messageTypes(texts));
}
