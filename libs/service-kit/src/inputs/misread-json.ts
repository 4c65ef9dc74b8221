/** Where JSON.parse read something else than what was sent. */
export interface Misread {
  /** As `lines.0.quantity`; empty where the text is one number. */
  field: string;
  /** What a number became; undefined: a key that stands in its object a second time. */
  became?: number;
}

/**
 * JSON may name a key twice, and JSON.parse keeps the last one: what was meant nobody knows. And it may write numbers that
 * no double holds: 8999.99999999999999999 would be 9000, whole and well-formed, before any rule has looked at it.
 * @param text that was read without an error
 * @param value what it was read as: text as a program writes it is found good by comparing, without a look at each key
 * @returns the first; undefined: it was read as it was sent
 */
export function misreadJson(text: string, value: unknown): Misread | undefined {
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
      case ':':
      case ' ':
      case '\n':
      case '\r':
      case '\t':
        break;
      case '"': {
        const end = endOfText(text, index);
        if (inner?.keys && isFollowedByColon(text, end)) {
          const key = JSON.parse(text.slice(index, end + 1)) as string;
          inner.at = key;
          if (inner.keys.has(key)) return { field: fieldOf(open) };
          inner.keys.add(key);
        }
        index = end;
        break;
      }
      default: {
        const literal = literalAt(text, index); // a number, or true, false, null
        const became = Number(literal);
        if (!Number.isNaN(became) && plain(literal) !== plain(String(became))) return { field: fieldOf(open), became };
        index += literal.length - 1;
      }
    }
  }
  return undefined;
}

const fieldOf = (open: readonly { at: string | number }[]): string => open.map(({ at }) => at).join('.');

function literalAt(text: string, start: number): string {
  const end = /[^\w.+-]|$/g;
  end.lastIndex = start;
  return text.slice(start, end.exec(text)!.index);
}

/** A number in one form of all that mean it: its digits without zeros at the ends, and its power of ten. */
function plain(number: string): string {
  const [, sign = '', whole, fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(number) ?? [];
  if (whole === undefined) return number; // Infinity
  const digits = whole + fraction;
  let [first, end] = [0, digits.length];
  while (first < end && digits[first] === '0') first += 1;
  while (end > first && digits[end - 1] === '0') end -= 1;
  return first === end ? '0' : `${sign}${digits.slice(first, end)}e${Number(power) + whole.length - end}`;
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
