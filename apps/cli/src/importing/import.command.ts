import type { Command } from 'commander';
import type { Config } from '../config.js';
import { currentStateCommand } from '../importing-current-state/import-current-state.command.js';
import { onlineRetailCommand } from '../importing-online-retail/import-online-retail.command.js';

export function importCommand(program: Command, config: () => Config): void {
  const imports = program.command('import').description('bring history from elsewhere into the store');
  onlineRetailCommand(imports, config);
  currentStateCommand(imports, config);
}
