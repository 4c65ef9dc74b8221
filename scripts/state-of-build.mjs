import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that a workspace of package.json means: itself, or each one in `libs/*`. */
const projectsOf = (root, workspace) =>
  workspace.endsWith('/*')
    ? readdirSync(join(root, workspace.slice(0, -2))).map((name) => join(root, workspace.slice(0, -2), name))
    : [join(root, workspace)];

const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .filter((file) => !file.endsWith('.spec.ts'))
        .map((file) => join(folder, file))
    : [];

function stateOf(files) {
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const status = statSync(file, { throwIfNoEntry: false });
    if (!status?.isDirectory()) hash.update(`${file} ${status?.size} ${status?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * What the programs are built from, and what was built: a word each, which stays the same as long as none of its files is
 * written, added or removed (by names, sizes and times of writing: nothing is read).
 * @param root the root of the repository
 */
export function stateOfBuild(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const projects = workspaces.flatMap((workspace) => projectsOf(root, workspace));
  const settings = [root, ...projects].flatMap((folder) =>
    ['package.json', '.swcrc', 'nx.json'].map((file) => join(folder, file)),
  );
  return {
    sources: stateOf([...settings, ...projects.flatMap((project) => filesIn(join(project, 'src')))]),
    built: stateOf(projects.flatMap((project) => filesIn(join(project, 'dist')))),
  };
}
