import { spawnSync } from 'node:child_process';

/** What must be on the machine before anything can be installed: from which version on, and how to get it. */
const wanted = [
  {
    name: 'Node.js',
    command: ['node', '--version'],
    version: /v(\d+)\./,
    from: 20,
    get: 'https://nodejs.org/en/download, or: nvm install 24',
  },
  { name: 'npm', command: ['npm', '--version'], version: /^(\d+)\./m, from: 10, get: 'npm install --global npm@11' },
  {
    name: 'Java',
    command: ['java', '-version'],
    version: /version "(\d+)/,
    from: 17,
    get: 'Debian, Ubuntu: apt-get install openjdk-17-jre-headless; macOS: brew install openjdk@17',
  },
  {
    name: 'Maven',
    command: ['mvn', '--version'],
    version: /Apache Maven (\d+)/,
    from: 3,
    get: 'Debian, Ubuntu: apt-get install maven; macOS: brew install maven',
  },
];

const ask = (command) => {
  const [program, ...args] = command;
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 30_000 });
  return error ? undefined : `${stdout}${stderr}`;
};

/**
 * @param answerOf asks a program for its version: its answer, or undefined where there is no such program
 * @param names which of them are needed
 * @returns one sentence for each that is missing or too old, and how to get it
 */
export function missingPrerequisites(answerOf = ask, names = wanted.map(({ name }) => name)) {
  return wanted
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, command, version, from, get }) => {
      const answer = answerOf(command);
      if (answer === undefined) return [`${name} ${from} or later is missing (${command[0]}). ${get}`];
      const found = version.exec(answer)?.[1];
      if (found !== undefined && Number(found) >= from) return [];
      return [
        `${name} ${from} or later is needed; ${command.join(' ')} says ${found ?? answer.trim().split('\n')[0]}. ${get}`,
      ];
    });
}
