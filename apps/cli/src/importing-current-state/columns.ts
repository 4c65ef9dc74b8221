import { CommandFailed } from '../terminal/command-failed.js';

/** The name that a column goes by, in whatever way it is spelled: `Order_ID`, `orderId`, `order id`. */
export const plainName = (name: string): string =>
  name
    .replace(/^\uFEFF/, '')
    .replace(/[\s_-]/g, '')
    .toLowerCase();

/** Which column a field is read from, and which columns are not read. */
export interface FoundColumns<F extends string> {
  /** By field: the column's name as the source writes it. */
  of: Partial<Record<F, string>>;
  unread: string[];
}

/**
 * Finds the column of each field: the one that the user named, or else the only one whose name is among its spellings.
 * Two that could be it are never guessed between.
 * @param asked from the user: field to column; to an empty text: the field is not read
 * @throws CommandFailed that names the columns there are, and the option that says which is meant
 */
export function findColumns<F extends string>(
  columns: readonly string[],
  spellings: Record<F, readonly string[]>,
  asked: ReadonlyMap<string, string>,
  option: string,
): FoundColumns<F> {
  const fields = Object.keys(spellings) as F[];
  const found: FoundColumns<F> = { of: {}, unread: [] };
  const has = `It has: ${columns.join(', ')}.`;
  const names = new Set<string>();
  const twice = columns.find((name) => names.size === names.add(name).size);
  if (twice !== undefined) throw new CommandFailed(`the column ${twice} is there twice`, 'Give one another name.');
  for (const [name, column] of asked) {
    const field = fields.find(
      (known) => plainName(known) === plainName(name) || spellings[known].includes(plainName(name)),
    );
    if (field === undefined) {
      throw new CommandFailed(`${option} ${name}=… names no field`, `The fields are: ${fields.join(', ')}.`);
    }
    if (column === '') continue;
    const exact =
      columns.find((there) => there === column) ?? columns.find((there) => plainName(there) === plainName(column));
    if (exact === undefined) throw new CommandFailed(`there is no column ${column} for ${field}`, has);
    found.of[field] = exact;
  }
  const taken = new Set<string>(Object.values(found.of));
  const settled = new Set([...asked.keys()].map(plainName));
  for (const field of fields) {
    if (found.of[field] !== undefined || settled.has(plainName(field))) continue;
    const candidates = columns.filter((name) => !taken.has(name) && spellings[field].includes(plainName(name)));
    if (candidates.length > 1) {
      throw new CommandFailed(
        `${candidates.join(' and ')} could each be the ${field}`,
        `Say which: ${option} ${field}=${candidates[0]}`,
      );
    }
    if (candidates[0] !== undefined) found.of[field] = candidates[0];
  }
  const read = new Set<string>(Object.values(found.of));
  found.unread = columns.filter((name) => !read.has(name));
  return found;
}

/** `total=amount_due,orderId=id` as the option writes it. @throws CommandFailed */
export function mapping(text: string | undefined, option: string): Map<string, string> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '');
  return new Map(
    pairs.map((pair) => {
      const [name, ...column] = pair.split('=');
      if (!name?.trim() || column.length === 0) {
        throw new CommandFailed(
          `${option} ${pair} is no field=column`,
          `Write it as ${option} total=amount_due,orderId=id`,
        );
      }
      return [name.trim(), column.join('=').trim()];
    }),
  );
}
