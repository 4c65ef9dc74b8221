import type { Json } from './store.js';

/**
 * RFC 8785 JSON (keys sorted by UTF-16 units, numbers and escapes as ECMAScript writes them), with one more rule: a key whose
 * value is null or undefined is left out, at every depth, so that "not there" has one form only. Empty objects stay.
 * It is what facts are hashed from and kept as. Ours, because the hot path runs it for every fact; the tests hold it
 * against `canonicalize`, the reference implementation.
 * @throws TypeError for what JSON cannot say (NaN, a bigint, a Date …) or Postgres cannot keep (U+0000, half a surrogate pair).
 */
export function canonicalJson(value: Json | undefined): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`JSON has no ${value}`);
      return value === 0 ? '0' : String(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'undefined':
      return 'null';
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
    default:
      throw new TypeError(`JSON has no ${typeof value}`);
  }
}

function canonicalArray(array: Json[]): string {
  let text = '[';
  for (let index = 0; index < array.length; index++) {
    if (index > 0) text += ',';
    text += canonicalJson(array[index]);
  }
  return text + ']';
}

function canonicalObject(object: { [key: string]: Json | undefined }): string {
  if (typeof object.toJSON === 'function') throw new TypeError('only plain objects are facts: no Date, no Buffer');
  const keys = sorted(Object.keys(object));
  let text = '{';
  for (const key of keys) {
    const value = object[key];
    if (value === null || value === undefined) continue;
    text += `${text.length > 1 ? ',' : ''}${canonicalString(key)}:${canonicalJson(value)}`;
  }
  return text + '}';
}

/** By insertion: objects of facts have few keys, and those often stand in order already. */
function sorted(keys: string[]): string[] {
  if (keys.length > 24) return keys.sort();
  for (let index = 1; index < keys.length; index++) {
    const key = keys[index]!;
    let place = index - 1;
    while (place >= 0 && keys[place]! > key) {
      keys[place + 1] = keys[place]!;
      place--;
    }
    keys[place + 1] = key;
  }
  return keys;
}

const needsCare = /["\\\u0000-\u001f\ud800-\udfff]/;

function canonicalString(text: string): string {
  if (!needsCare.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new TypeError('half a surrogate pair is no text');
  if (text.includes('\0')) throw new TypeError('Postgres keeps no U+0000');
  return JSON.stringify(text);
}
