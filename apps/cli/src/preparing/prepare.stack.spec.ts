import { describe, expect, it } from '@jest/globals';
import { SchemaRegistry } from '@orderlog/kafka';
import { stackAddresses, topicPrefix } from '@orderlog/local-stack';
import { readConfig } from '../config.js';
import { checkAgainstRegistry, checkAgainstReleased } from '../schemas/check-schemas.js';
import { registerSchemas } from '../schemas/register-schemas.js';
import { createTopics, differencesOfTopics } from '../topics/create-topics.js';

const signal = new AbortController().signal;
const configOf = (prefix: string) => readConfig({ ...process.env, ...stackAddresses(), TOPIC_PREFIX: prefix });

describe('topics', () => {
  it('are made once, and compared after that', async () => {
    const config = configOf(topicPrefix());
    expect((await differencesOfTopics(config)).length).toBe(6);
    const first = await createTopics(config, signal, 30_000);
    expect(first.made).toContain(`${config.TOPIC_PREFIX}orders.events.v1`);
    expect(first.made).toContain(`${config.TOPIC_PREFIX}revenue-projection.dlq`);
    const [again, beside] = await Promise.all([
      createTopics(config, signal, 30_000),
      createTopics(config, signal, 30_000),
    ]);
    expect([again.made, beside.made]).toEqual([[], []]);
    expect(await differencesOfTopics(config)).toEqual([]);
  }, 60_000);
});

describe('schemas', () => {
  it('are registered once, each subject FULL_TRANSITIVE before its first schema', async () => {
    const { SCHEMA_REGISTRY_URL: url, TOPIC_PREFIX: prefix } = configOf(topicPrefix());
    const registry = new SchemaRegistry({ url });
    expect((await checkAgainstRegistry(url, prefix)).every(({ wrong }) => wrong.join().includes('its level is'))).toBe(
      true,
    );
    const first = await registerSchemas({ url, prefix, waitMs: 30_000, signal });
    expect(first.map(({ isNew }) => isNew)).toEqual([true, true, true, true]);
    const again = await registerSchemas({ url, prefix, waitMs: 30_000, signal });
    expect(again).toEqual(first.map((schema) => ({ ...schema, isNew: false })));
    for (const { subject } of first) expect(await registry.compatibility(subject)).toBe('FULL_TRANSITIVE');
    expect((await checkAgainstRegistry(url, prefix)).flatMap(({ wrong }) => wrong)).toEqual([]);
  }, 60_000);

  it('that are not compatible with what stands in the registry are found before they are registered', async () => {
    const { SCHEMA_REGISTRY_URL: url, TOPIC_PREFIX: prefix } = configOf(topicPrefix());
    const registry = new SchemaRegistry({ url });
    const subject = `${prefix}orders.events.v1-value`;
    const other = JSON.stringify({
      type: 'record',
      name: 'OrderEvent',
      namespace: 'orderlog.orders.v1',
      fields: [{ name: 'needed', type: 'string' }],
    });
    await registry.setCompatibility(subject, 'FULL_TRANSITIVE');
    await registry.register(subject, other);
    const check = (await checkAgainstRegistry(url, prefix)).find(({ what }) => what.startsWith(subject))!;
    expect(check.wrong.join()).toContain('the registry says');
    await expect(registerSchemas({ url, prefix, waitMs: 30_000, signal })).rejects.toThrow(/refuses OrderEvent.avsc/);
  }, 60_000);
});

describe('schemas that were released', () => {
  it('are compatible with those of today', () => {
    expect(checkAgainstReleased().flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(checkAgainstReleased().every(({ says }) => says.startsWith('compatible with'))).toBe(true);
  });

  it('are named where today’s could not be read by their readers', () => {
    const released = () => [
      { release: '0.1.0', text: '{"type":"record","name":"X","fields":[{"name":"a","type":"string"}]}' },
    ];
    const today = () => '{"type":"record","name":"X","fields":[{"name":"b","type":"string"}]}';
    expect(checkAgainstReleased(released, today)[0]!.wrong.join()).toContain('against release 0.1.0');
  });
});
