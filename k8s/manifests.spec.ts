import { describe, expect, it } from '@jest/globals';
import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import ts from 'typescript';
import {
  contract,
  exists,
  kustomizationOf,
  listening,
  manifestFiles,
  namesRead,
  programs,
  readAs,
  root,
  textOf,
  writtenIn,
  type KubernetesObject,
} from '../deploy/what-is-written.js';
import { HealthController } from '../libs/service-kit/src/health/health.controller.js';

const overlays = ['k8s/overlays/production', 'k8s/overlays/local'];
const base = writtenIn('k8s/base').map(({ object }) => object);
const local = writtenIn('k8s/overlays/local');

interface EnvironmentEntry {
  name: string;
  value?: string;
  valueFrom?: { configMapKeyRef?: { name: string; key: string }; secretKeyRef?: { name: string; key: string } };
}
interface Probe {
  httpGet?: { path: string; port: string | number };
}
interface Container {
  name: string;
  image: string;
  args?: string[];
  env?: EnvironmentEntry[];
  ports?: { name: string; containerPort: number }[];
  startupProbe?: Probe;
  livenessProbe?: Probe;
  readinessProbe?: Probe;
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  volumeMounts?: { name: string }[];
}
interface Template {
  metadata: { labels: Record<string, string> };
  spec: Record<string, unknown> & {
    containers: Container[];
    initContainers?: Container[];
    volumes?: { name: string }[];
  };
}
interface Labels {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values: string[] }[];
}

const specOf = <T>(object: KubernetesObject) => object['spec'] as T;
const find = (kind: string, name: string, among = base): KubernetesObject => {
  const found = among.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
};
const templateOf = (object: KubernetesObject): Template => specOf<{ template: Template }>(object).template;
const podsOf = (objects: KubernetesObject[]) =>
  objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind));
const containersOf = (object: KubernetesObject): Container[] => {
  const { containers, initContainers = [] } = templateOf(object).spec;
  return [...initContainers, ...containers];
};
/** Kustomize puts the base's own label on every pod that the base makes. */
const labelsOf = (object: KubernetesObject): Record<string, string> => ({
  ...templateOf(object).metadata.labels,
  ...(base.includes(object) ? { 'app.kubernetes.io/part-of': 'orderlog' } : {}),
});
const selects = ({ matchLabels = {}, matchExpressions = [] }: Labels, labels: Record<string, string>): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ''));

/** Where the published types of Kubernetes have a kind. */
const typesOf = ({ apiVersion, kind }: KubernetesObject): string => {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const folder = (group as string).replace('.k8s.io', '').replace('rbac.authorization', 'rbac');
  return `import('kubernetes-types/${folder}/${version}').${kind}`;
};

/**
 * Checks objects against the published types as a compiler does: a misspelt field, a missing one and a number where a
 * text belongs are all errors.
 */
function mistakesIn(objects: { path: string; object: KubernetesObject }[]): string[] {
  const file = join(root, 'k8s/as-written.ts');
  const text = objects
    .map(
      ({ path, object }, index) =>
        `// ${path}\nexport const o${index}: ${typesOf(object)} = ${JSON.stringify(object)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(file, text, ts.ScriptTarget.ES2024) : readSource(name, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
    const line = text.slice(0, diagnostic.start ?? 0).split('\n').length;
    const path = text
      .split('\n')
      .slice(0, line)
      .findLast((written) => written.startsWith('// '));
    return `${path}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')}`;
  });
}

describe('every manifest', () => {
  it('is what Kubernetes has a type for, field by field', () => {
    expect(mistakesIn(overlays.flatMap((overlay) => writtenIn(overlay)))).toEqual([]);
  });

  it('would be found out if it were not', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'x' } };
    const mistakes = mistakesIn([
      { path: 'a', object: { ...service, spec: { ports: [{ prot: 1, port: 80 }] } } },
      { path: 'b', object: { ...service, spec: { ports: [{ port: '80' }] } } },
      { path: 'c', object: { ...service, apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector: {} } } },
      { path: 'd', object: { ...service, spec: { ports: [{ port: 80 }] } } },
    ]);
    expect(mistakes.map((mistake) => mistake[3])).toEqual(['a', 'b', 'c']);
  });

  it('is named by a kustomization', () => {
    const named = new Set(['k8s/base', ...overlays].flatMap((folder) => writtenIn(folder).map(({ path }) => path)));
    for (const folder of overlays) {
      for (const { path } of kustomizationOf(folder).patches ?? []) if (path) named.add(join(folder, path));
    }
    expect(manifestFiles().filter((path) => !named.has(path))).toEqual([]);
  });

  const kubectl = spawnSync('kubectl', ['version', '--client'], { encoding: 'utf8' });
  const haveKubectl = kubectl.status === 0;
  if (!haveKubectl) process.stderr.write('kubectl is not here: what kustomize makes of k8s/ is not tried.\n');
  (haveKubectl ? it : it.skip).each(overlays)('goes through kustomize with %s', (overlay) => {
    const made = spawnSync('kubectl', ['kustomize', join(root, overlay)], { encoding: 'utf8' });
    expect({ status: made.status, said: made.stderr }).toEqual({ status: 0, said: '' });
    expect(made.stdout.match(/^kind: /gm)?.length).toBe(writtenIn(overlay).length);
  });
});

describe('the base', () => {
  it('runs every program that listens, and the deploy job', () => {
    const run = podsOf(base).flatMap((object) => containersOf(object).map(({ image }) => image));
    const expected = programs()
      .filter((app) => app !== 'order-workload')
      .map((app) => `orderlog/${app}`);
    expect(expected.filter((image) => !run.includes(image))).toEqual([]);
    expect(run.filter((image) => !exists(`apps/${image.replace('orderlog/', '')}/package.json`))).toEqual([]);
    expect(containersOf(find('Job', 'orderlog-deploy'))).toMatchObject([{ image: 'orderlog/cli', args: ['prepare'] }]);
  });

  it('holds no secret, only the names of some', () => {
    const written = [...base, ...writtenIn('k8s/overlays/production').map(({ object }) => object)];
    expect(written.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    for (const container of podsOf(written).flatMap(containersOf)) {
      for (const { name, value } of container.env ?? []) {
        if (/(_URL|SECRET|KEY|PASSWORD)$/.test(name)) expect({ name, value }).toEqual({ name, value: undefined });
      }
    }
    expect(textOf('k8s/base/config.yaml')).not.toMatch(/postgres:\/\//);
  });

  it.each(listening)('gives %s its port, a service, a budget and probes that hit a route', (app) => {
    const { variable, port } = contract[app];
    const deployment = find('Deployment', app);
    const [container] = containersOf(deployment) as [Container];
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }]);
    expect(container.env).toContainEqual({ name: variable, value: String(port) });
    expect(specOf(find('Service', app))).toMatchObject({ ports: [{ name: 'http', port, targetPort: 'http' }] });
    expect(specOf(find('PodDisruptionBudget', app))).toMatchObject({ maxUnavailable: 1 });

    const path = (method: 'live' | 'ready') => {
      const handler = Object.getOwnPropertyDescriptor(HealthController.prototype, method)?.value as object;
      return `/${Reflect.getMetadata('path', HealthController)}/${Reflect.getMetadata('path', handler)}`;
    };
    const http = (method: 'live' | 'ready') => ({ httpGet: { path: path(method), port: 'http' } });
    expect(container).toMatchObject({
      startupProbe: http('live'),
      livenessProbe: http('live'),
      readinessProbe: http('ready'),
    });
  });

  it.each(listening)('waits for the drain of %s before it kills it', (app) => {
    const spec = templateOf(find('Deployment', app)).spec;
    const [container] = spec.containers as [Container & { lifecycle: { preStop: { sleep: { seconds: number } } } }];
    expect(textOf('libs/service-kit/src/start/start-service.ts')).toContain(`drainLimitMs ?? 10_000`);
    const config = exists(`apps/${app}/src/config.ts`) ? textOf(`apps/${app}/src/config.ts`) : '';
    const own = /_DRAIN_LIMIT_MS: count\(([\d_]+)/.exec(config)?.[1]?.replaceAll('_', '');
    const drainLimitMs = Number(own ?? 10_000);
    expect(spec['terminationGracePeriodSeconds']).toBeGreaterThan(
      container.lifecycle.preStop.sleep.seconds + drainLimitMs / 1000,
    );
  });

  it('lets the selectors of services, budgets and spreads find the pods that they mean', () => {
    const pods = podsOf(base);
    for (const { kind, metadata, ...object } of base) {
      const spec = object['spec'] as { selector?: unknown } | undefined;
      const selector: Labels | undefined =
        kind === 'Service'
          ? { matchLabels: spec?.selector as Record<string, string> }
          : kind === 'PodDisruptionBudget' || kind === 'Deployment'
            ? (spec?.selector as Labels)
            : undefined;
      if (!selector) continue;
      const found = pods.filter((pod) => selects(selector, labelsOf(pod))).map((pod) => pod.metadata.name);
      expect({ kind, found }).toEqual({ kind, found: [metadata.name] });
    }
    for (const pod of pods) {
      for (const { labelSelector } of (templateOf(pod).spec['topologySpreadConstraints'] ?? []) as {
        labelSelector: Labels;
      }[]) {
        expect(selects(labelSelector, labelsOf(pod))).toBe(true);
      }
    }
  });
});

describe('the pods of this repository', () => {
  const objects = local.map(({ object }) => object);
  const ours = podsOf(objects).filter((pod) => containersOf(pod).some(({ image }) => image.startsWith('orderlog/')));

  it('may do nothing that they need not', () => {
    for (const pod of ours) {
      expect({ pod: pod.metadata.name, ...templateOf(pod).spec }).toMatchObject({
        automountServiceAccountToken: false,
        // With links a Service called console sets CONSOLE_PORT to an address.
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      for (const container of containersOf(pod)) {
        expect({ container: container.name, ...container.securityContext }).toEqual({
          container: container.name,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });

  it('say what they need and what they may take', () => {
    for (const container of podsOf(objects).flatMap(containersOf)) {
      expect({ container: container.name, ...container.resources }).toMatchObject({
        requests: { cpu: expect.any(String), memory: expect.any(String) },
        limits: { cpu: expect.any(String), memory: expect.any(String) },
      });
    }
  });

  it('are given only settings that their code reads', () => {
    for (const container of ours.flatMap(containersOf)) {
      const app = container.image.replace('orderlog/', '');
      if (!programs().includes(app)) continue;
      const read = namesRead(app);
      const unread = (container.env ?? []).map(({ name }) => name).filter((name) => !read.has(name));
      expect({ app, unread }).toEqual({ app, unread: [] });
    }
  });

  it('refer to config maps and secrets that have what they ask for, under the same name', () => {
    for (const pod of podsOf(objects)) {
      for (const { env = [] } of containersOf(pod)) {
        for (const { name, valueFrom } of env) {
          if (!valueFrom) continue;
          const [kind, ref] = valueFrom.secretKeyRef
            ? ['Secret', valueFrom.secretKeyRef]
            : ['ConfigMap', valueFrom.configMapKeyRef as { name: string; key: string }];
          const source = find(kind, (ref as { name: string }).name, objects);
          const keys = Object.keys((source['data'] ?? source['stringData']) as object);
          expect({ pod: pod.metadata.name, name, there: keys.includes(name) }).toEqual({
            pod: pod.metadata.name,
            name,
            there: true,
          });
          expect((ref as { key: string }).key).toBe(name);
        }
      }
      const volumes = (templateOf(pod).spec.volumes ?? []).map(({ name }) => name);
      const claims = (
        specOf<{ volumeClaimTemplates?: { metadata: { name: string } }[] }>(pod).volumeClaimTemplates ?? []
      ).map(({ metadata }) => metadata.name);
      for (const { volumeMounts = [] } of containersOf(pod)) {
        for (const { name } of volumeMounts) expect([...volumes, ...claims]).toContain(name);
      }
    }
  });

  it('are given what they start with, in production', async () => {
    for (const { image, env = [] } of ours.flatMap(containersOf)) {
      const given = env.map(({ name, value, valueFrom }) => {
        if (value !== undefined) return [name, value];
        const [kind, ref] = valueFrom?.secretKeyRef
          ? (['Secret', valueFrom.secretKeyRef] as const)
          : (['ConfigMap', valueFrom?.configMapKeyRef ?? { name: '', key: '' }] as const);
        const source = find(kind, ref.name, objects);
        return [name, ((source['data'] ?? source['stringData']) as Record<string, string>)[ref.key]];
      });
      await readAs(image.replace('orderlog/', ''), Object.fromEntries(given) as Record<string, string>);
    }
    expect(find('ConfigMap', 'orderlog')['data']).toMatchObject({ NODE_ENV: 'production' });
  });

  it('may reach what their addresses name, and are let in there', () => {
    const config = find('ConfigMap', 'orderlog', objects)['data'] as Record<string, string>;
    const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map((object) => specOf<Policy>(object));
    const pods = podsOf(objects).map((pod) => ({ name: pod.metadata.name, labels: labelsOf(pod) }));
    const caller = pods.find(({ name }) => name === 'console') as (typeof pods)[number];
    for (const name of ['ORDERS_URL', 'RELAY_URL', 'REVENUE_URL', 'AUDIT_URL']) {
      const { hostname, port } = new URL(config[name] as string);
      const called = pods.find((pod) => pod.name === hostname) as (typeof pods)[number];
      expect({ name, out: lets(policies, 'egress', caller, called, Number(port)) }).toEqual({ name, out: true });
      expect({ name, in: lets(policies, 'ingress', called, caller, Number(port)) }).toEqual({ name, in: true });
    }
    const service = pods.find(({ name }) => name === 'order-service') as (typeof pods)[number];
    const workload = pods.find(({ name }) => name === 'order-workload') as (typeof pods)[number];
    expect(lets(policies, 'ingress', service, workload, 7001)).toBe(true);
    expect(lets(policies, 'egress', service, caller, 7000)).toBe(false);
    const audit = pods.find(({ name }) => name === 'audit-projection') as (typeof pods)[number];
    expect(lets(policies, 'egress', service, audit, 7004)).toBe(true);
    expect(lets(policies, 'ingress', audit, service, 7004)).toBe(true);
    expect(lets(policies, 'ingress', audit, workload, 7004)).toBe(false);
    for (const app of ['orderlog-deploy', 'order-service', 'outbox-relay', 'revenue-projection', 'audit-projection']) {
      const pod = pods.find(({ name }) => name === app) as (typeof pods)[number];
      for (const port of [5432, 9092, 8080]) {
        expect({ app, port, out: lets(policies, 'egress', pod, undefined, port) }).toEqual({ app, port, out: true });
      }
    }
    expect(lets(policies, 'egress', caller, undefined, 5432)).toBe(false);
  });
});

interface Rule {
  from?: { podSelector?: Labels; namespaceSelector?: Labels }[];
  to?: { podSelector?: Labels; namespaceSelector?: Labels }[];
  ports?: { port: number }[];
}
interface Policy {
  podSelector: Labels;
  ingress?: Rule[];
  egress?: Rule[];
}

/** Whether a rule lets `pod` speak with `other` (undefined: someone outside of the namespace, by address) on a port. */
function lets(
  policies: Policy[],
  way: 'ingress' | 'egress',
  pod: { labels: Record<string, string> },
  other: { labels: Record<string, string> } | undefined,
  port: number,
): boolean {
  return policies
    .filter((policy) => selects(policy.podSelector, pod.labels))
    .flatMap((policy) => policy[way] ?? [])
    .some((rule) => {
      const peers = way === 'ingress' ? rule.from : rule.to;
      const toPeer =
        !peers ||
        (other !== undefined &&
          peers.some(
            ({ podSelector, namespaceSelector }) =>
              !namespaceSelector && podSelector !== undefined && selects(podSelector, other.labels),
          ));
      return toPeer && (!rule.ports || rule.ports.some((allowed) => allowed.port === port));
    });
}
