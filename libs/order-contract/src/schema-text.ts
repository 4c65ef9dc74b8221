import { readFileSync } from 'node:fs';
import type { SchemaName } from './topics.js';

const texts = new Map<SchemaName, string>();

/** @returns the .avsc text, as it stands in schemas/ and is registered. src/ and dist/ lie equally deep below the root. */
export function readSchemaText(name: SchemaName): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(new URL(`../../../schemas/${name}.avsc`, import.meta.url), 'utf8');
    texts.set(name, text);
  }
  return text;
}
