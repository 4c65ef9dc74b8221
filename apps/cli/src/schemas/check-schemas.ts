import { SchemaRegistry } from '@orderlog/kafka';
import { readSchemaText, schemaNames, topicDefinitions } from '@orderlog/order-contract';
import { obstaclesBetween } from './compatibility.js';
import { level } from './register-schemas.js';
import { type ReleasedSchema, releasedSchemas } from './released-schemas.js';

/** One thing that was checked, in words, and what is wrong with it; nothing wrong: an empty list. */
export interface Check {
  what: string;
  says: string;
  wrong: string[];
}

/** Compares schemas/ with every released version in the repository; needs no registry. */
export function checkAgainstReleased(
  released: (name: string) => ReleasedSchema[] = releasedSchemas,
  textOf: (name: (typeof schemaNames)[number]) => string = readSchemaText,
): Check[] {
  return schemaNames.map((name) => {
    const versions = released(name);
    const wrong = versions.flatMap(({ release, text }) =>
      obstaclesBetween(text, textOf(name)).map((obstacle) => `against release ${release}: ${obstacle}`),
    );
    const says =
      versions.length === 0
        ? 'none has been released'
        : `compatible with ${versions.length === 1 ? 'release' : 'releases'} ${versions.map(({ release }) => release).join(', ')}`;
    return { what: `${name}.avsc and what was released`, says: wrong.length > 0 ? 'not compatible' : says, wrong };
  });
}

/** Asks the registry whether schemas/ may become the next version of each subject, and whether its level is ours. */
export async function checkAgainstRegistry(url: string, prefix: string): Promise<Check[]> {
  const registry = new SchemaRegistry({ url });
  const checks: Check[] = [];
  for (const { subject, schema } of topicDefinitions(prefix)) {
    const text = readSchemaText(schema);
    const itsLevel = await registry.compatibility(subject);
    const there = await registry.lookUp(subject, text);
    const { compatible, reasons } = await registry.checkCompatibility(subject, text);
    const wrong = compatible ? [] : [`the registry says: ${reasons.join('; ') || 'not compatible'}`];
    if (itsLevel !== level)
      wrong.push(`its level is ${itsLevel ?? 'not set'}, not ${level}: run \`orderlog schemas register\``);
    const says = there
      ? `registered, id ${there.id}, version ${there.version}`
      : 'not registered yet, and would be accepted';
    checks.push({ what: `${subject} (${schema}.avsc)`, says: compatible ? says : 'not compatible', wrong });
  }
  return checks;
}
