#!/usr/bin/env node
import { Command } from 'commander'
import { loadEnvFile } from '../services/set-up/env-file.ts'
import { accountsCommand } from './accounts.ts'
import { applyCommand } from './apply.ts'
import { auditCommand } from './audit.ts'
import { doctorCommand } from './doctor.ts'
import { reportFailure } from './failures.ts'
import { balanceCommand, groupsCommand, keysCommand, subscriptionsCommand, usersCommand } from './operations.ts'
import { proxiesCommand } from './proxies.ts'
import { secretsCommand } from './secrets.ts'
import { whyCommand } from './why.ts'

const program = new Command('sluice')
  .description('Operates a Sluice gateway. Settings come from the same environment variables as the server reads.')
  .exitOverride()
  .showHelpAfterError('(see sluice --help)')
  .addCommand(applyCommand())
  .addCommand(accountsCommand())
  .addCommand(usersCommand())
  .addCommand(keysCommand())
  .addCommand(groupsCommand())
  .addCommand(subscriptionsCommand())
  .addCommand(balanceCommand())
  .addCommand(auditCommand())
  .addCommand(proxiesCommand())
  .addCommand(secretsCommand())
  .addCommand(whyCommand())
  .addCommand(doctorCommand())

// Subcommands must throw as well, or a misspelt option would end the process with commander's own exit code.
inheritSettings(program)

function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent)
    inheritSettings(command)
  }
}

try {
  loadEnvFile()
  await program.parseAsync()
} catch (error) {
  // What a failure leaves open, such as the worker of the embedded database, would keep the process alive.
  process.exit(reportFailure(error))
}
