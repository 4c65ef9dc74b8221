import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const types = {
  'console.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'live.js': 'text/javascript; charset=utf-8',
} as const;
export type AssetName = keyof typeof types;

export interface Asset {
  type: string;
  /** Of its content: a new release has new addresses, so a browser may keep what it has for ever. */
  tag: string;
  bytes: Buffer;
}

/** What pages need beside their HTML, read once at the start. */
const assets: ReadonlyMap<string, Asset> = new Map(
  Object.entries(types).map(([name, type]) => {
    const bytes = readFileSync(join(import.meta.dirname, '../assets', name));
    return [name, { type, tag: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes }];
  }),
);

export const assetUrl = (name: AssetName): string => `/assets/${name}?v=${assets.get(name)?.tag}`;
export const findAsset = (name: string): Asset | undefined => assets.get(name);
