import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from './program.js';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap((child) => all(child))];

describe('the help', () => {
  const commands = all(createProgram({}));

  it('says of every command, argument and option what it is', () => {
    for (const command of commands) {
      expect([command.name(), command.description()]).toEqual([command.name(), expect.stringMatching(/\w{3}/)]);
      for (const argument of command.registeredArguments) expect(argument.description).toMatch(/\w{3}/);
      for (const option of command.options) expect(option.description).toMatch(/\w{3}/);
    }
  });

  it('names each command of the tool', () => {
    const paths = commands.map((command) =>
      ancestors(command)
        .map((each) => each.name())
        .join(' '),
    );
    expect(paths).toEqual([
      'orderlog',
      'orderlog prepare',
      'orderlog migrate',
      'orderlog topics',
      'orderlog topics create',
      'orderlog topics check',
      'orderlog schemas',
      'orderlog schemas register',
      'orderlog schemas check',
      'orderlog facts',
      'orderlog facts check',
      'orderlog import',
      'orderlog import online-retail',
      'orderlog import current-state',
      'orderlog replay',
      'orderlog dlq',
      'orderlog dlq list',
      'orderlog dlq retry',
      'orderlog verify',
      'orderlog dossier',
      'orderlog dossier verify',
      'orderlog forget',
      'orderlog recover',
      'orderlog republish',
    ]);
  });
});

function ancestors(command: Command): Command[] {
  return command.parent ? [...ancestors(command.parent), command] : [command];
}
