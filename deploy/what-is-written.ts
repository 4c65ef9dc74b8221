import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

/** The repository's top folder. */
export const root = join(import.meta.dirname, '..');
export const textOf = (path: string): string => readFileSync(join(root, path), 'utf8');
export const exists = (path: string): boolean => existsSync(join(root, path));

/** The public contract's ports, and the name that each app reads its own from. */
export const contract = {
  console: { variable: 'CONSOLE_PORT', port: 7000 },
  'order-service': { variable: 'ORDERS_PORT', port: 7001 },
  'outbox-relay': { variable: 'RELAY_PORT', port: 7002 },
  'revenue-projection': { variable: 'REVENUE_PORT', port: 7003 },
  'audit-projection': { variable: 'AUDIT_PORT', port: 7004 },
} as const;
export type Listening = keyof typeof contract;
export const listening = Object.keys(contract) as Listening[];

/** The folders in apps/ that hold a program. */
export const programs = (): string[] =>
  readdirSync(join(root, 'apps')).filter((app) => exists(`apps/${app}/src/main.ts`));

/** Every folder that npm takes for a part of the workspace. */
export function workspaces(): string[] {
  const { workspaces: patterns } = JSON.parse(textOf('package.json')) as { workspaces: string[] };
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((folder) => exists(`${folder}/package.json`))
    .sort();
}

/**
 * The names that an app reads from its environment, as its code writes them: the keys of what it gives to `readConfig`,
 * and what it takes from `env` itself.
 */
export function namesRead(app: string): Set<string> {
  const names = new Set<string>();
  for (const path of globSync(`apps/${app}/src/**/*.ts`, { cwd: root })) {
    if (path.endsWith('.spec.ts')) continue;
    const text = textOf(path);
    for (const [, name] of text.matchAll(/\benv(?:\.|\[')([A-Z][A-Z0-9_]+)/g)) names.add(name as string);
    if (!text.includes('settings = {') && !text.includes('readConfig(')) continue;
    for (const [, name] of text.matchAll(/^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): /gm)) names.add(name as string);
    if (!/readConfig\b[^;]*from '@orderlog\/service-kit'/.test(text)) continue;
    const shared = /export const sharedSettings = \{([\s\S]*?)\n\}/.exec(
      textOf('libs/service-kit/src/config/read-config.ts'),
    )?.[1];
    for (const [, name] of (shared ?? '').matchAll(/^ {2}([A-Z_]+):/gm)) names.add(name as string);
  }
  return names;
}

/**
 * Reads an environment as the app itself does at its start.
 * @throws what the app would say; it would not start
 */
export async function readAs(app: string, env: Record<string, string>): Promise<void> {
  const config = (await import(join(root, `apps/${app}/src/config.ts`))) as Record<string, unknown>;
  const readers = Object.entries(config).filter(([name]) => /^read\w*Config$/.test(name));
  if (readers.length !== 1) throw new Error(`apps/${app}/src/config.ts has not one reader, but ${readers.length}`);
  for (const [, read] of readers) (read as (env: Record<string, string>) => unknown)(env);
}

export interface ComposeService {
  image: string;
  build?: { context: string; dockerfile: string; args: { APP: string } };
  command?: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { disable?: boolean; test?: string[] };
  restart?: string;
  read_only?: boolean;
}
export interface Compose {
  name: string;
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
}
export const compose = (): Compose => parse(textOf('docker-compose.yml'), { merge: true }) as Compose;

/** `${NAME:-5}` as it is where NAME is not set. */
export const withDefaults = (text: string | number): string =>
  String(text).replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, (_, standard: string) => standard);

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  [field: string]: unknown;
}
interface Kustomization {
  resources?: string[];
  patches?: { path?: string; target?: { kind?: string; name?: string } }[];
  images?: { name: string; newName?: string; newTag?: string }[];
  secretGenerator?: { name: string; literals: string[] }[];
}
export interface Written {
  /** The file that it stands in, from the repository's top. */
  path: string;
  object: KubernetesObject;
}

export const kustomizationOf = (folder: string): Kustomization =>
  parse(textOf(`${folder}/kustomization.yaml`)) as Kustomization;

/** What a kustomization is made of, file by file, before patches: kustomize itself is not on every machine. */
export function writtenIn(folder: string): Written[] {
  const { resources = [], secretGenerator = [] } = kustomizationOf(folder);
  const files = resources.flatMap((resource) => {
    const path = join(folder, resource);
    if (statSync(join(root, path)).isDirectory()) return writtenIn(path);
    return parseAllDocuments(textOf(path)).map((document) => {
      if (document.errors[0]) throw new Error(`${path}: ${document.errors[0].message}`);
      return { path, object: document.toJS() as KubernetesObject };
    });
  });
  const secrets = secretGenerator.map(({ name, literals }) => {
    const stringData = Object.fromEntries(literals.map((text) => text.split(/=(.*)/s).slice(0, 2) as [string, string]));
    return {
      path: `${folder}/kustomization.yaml`,
      object: { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData },
    };
  });
  return [...files, ...secrets];
}

/** Every YAML file below k8s/ that no kustomization names would never be applied. */
export const manifestFiles = (): string[] =>
  globSync('k8s/**/*.yaml', { cwd: root })
    .filter((path) => !path.endsWith('kustomization.yaml'))
    .sort();
