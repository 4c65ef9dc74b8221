import avro from 'avsc';

/**
 * Whether two versions of a schema can read each other (FULL), by Avro's rules of schema resolution: what a registry set
 * to FULL_TRANSITIVE asks of a new version and every older one. A field may come or go only if it has a default; a union
 * may not gain a branch, since older readers would meet it.
 * @returns what is against it, in words; empty: nothing
 */
export function obstaclesBetween(older: string, newer: string): string[] {
  const [before, after] = [typeOf(older), typeOf(newer)];
  return [
    ...obstacle(after, before, 'readers with the new schema could not read what the old one wrote'),
    ...obstacle(before, after, 'readers with the old schema could not read what the new one writes'),
    ...unions(before, after),
  ];
}

const typeOf = (text: string): avro.Type =>
  // Logical types change nothing about resolution, and names are compared as they are written.
  avro.Type.forSchema(JSON.parse(text) as avro.Schema, { wrapUnions: true });

function obstacle(reader: avro.Type, writer: avro.Type, what: string): string[] {
  try {
    reader.createResolver(writer);
    return [];
  } catch (error) {
    return [`${what}: ${(error as Error).message}`];
  }
}

/**
 * avsc lets a reader's union be narrower than the writer's, and fails only when it meets the branch that it lacks. Both
 * versions must know the same branches, so each branch of one has to be readable by a branch of the other.
 */
function unions(before: avro.Type, after: avro.Type, path = '', seen = new Set<string>()): string[] {
  const [old, now] = [branchesOf(before), branchesOf(after)];
  if (old && now) {
    const missing = (these: avro.Type[], those: avro.Type[]) =>
      these.filter((branch) => !those.some((other) => readable(other, branch)));
    return [
      ...missing(now, old).map(
        (branch) => `${path || 'the schema'}: old readers do not know the new branch ${named(branch)}`,
      ),
      ...missing(old, now).map(
        (branch) => `${path || 'the schema'}: new readers do not know the old branch ${named(branch)}`,
      ),
      ...now.flatMap((branch) => {
        const same = old.find((other) => named(other) === named(branch));
        return same ? unions(same, branch, path, seen) : [];
      }),
    ];
  }
  if (before instanceof avro.types.ArrayType && after instanceof avro.types.ArrayType) {
    return unions(before.itemsType, after.itemsType, `${path}[]`, seen);
  }
  if (before instanceof avro.types.MapType && after instanceof avro.types.MapType) {
    return unions(before.valuesType as avro.Type, after.valuesType as avro.Type, `${path}{}`, seen);
  }
  if (before instanceof avro.types.RecordType && after instanceof avro.types.RecordType) {
    if (seen.has(after.name!)) return [];
    seen.add(after.name!);
    return after.fields.flatMap((field) => {
      const same = before.fields.find((other) => other.name === field.name);
      return same ? unions(same.type, field.type, path ? `${path}.${field.name}` : field.name, seen) : [];
    });
  }
  return [];
}

const branchesOf = (type: avro.Type): avro.Type[] | undefined =>
  type instanceof avro.types.WrappedUnionType || type instanceof avro.types.UnwrappedUnionType
    ? [...type.types]
    : undefined;

function readable(reader: avro.Type, writer: avro.Type): boolean {
  try {
    reader.createResolver(writer);
    return true;
  } catch {
    return false;
  }
}

const named = (type: avro.Type): string => type.name ?? type.typeName;
