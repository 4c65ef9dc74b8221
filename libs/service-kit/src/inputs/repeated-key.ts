/**
 * JSON may name a key twice, and JSON.parse keeps the last one: what was meant nobody knows.
 * @param text that was read without an error
 * @param value what it was read as: text as a program writes it is found good by comparing, without a look at each key
 * @returns where a key stands a second time in its object, as `lines.0.quantity`; undefined: nowhere
 */
export function repeatedKey(text: string, value: unknown): string | undefined {
  if (JSON.stringify(value) === text) return undefined;
  /** Objects and lists that are open, each with the place that is being read in it. */
  const open: { keys: Set<string> | undefined; at: string | number }[] = [];
  for (let index = 0; index < text.length; index++) {
    const inner = open.at(-1);
    switch (text.charAt(index)) {
      case '{':
        open.push({ keys: new Set(), at: '' });
        break;
      case '[':
        open.push({ keys: undefined, at: 0 });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (typeof inner?.at === 'number') inner.at += 1;
        break;
      case '"': {
        const end = endOfText(text, index);
        if (inner?.keys && isFollowedByColon(text, end)) {
          const key = JSON.parse(text.slice(index, end + 1)) as string;
          inner.at = key;
          if (inner.keys.has(key)) return open.map(({ at }) => at).join('.');
          inner.keys.add(key);
        }
        index = end;
      }
    }
  }
  return undefined;
}

/** Where the closing quote of a text stands. */
function endOfText(text: string, opening: number): number {
  let end = opening + 1;
  while (text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

/** A text in an object is a key where a colon follows; behind a value a comma does, or the end. */
function isFollowedByColon(text: string, end: number): boolean {
  let next = end + 1;
  while (text[next] === ' ' || text[next] === '\n' || text[next] === '\r' || text[next] === '\t') next += 1;
  return text[next] === ':';
}
