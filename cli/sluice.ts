#!/usr/bin/env node
import { Command } from 'commander'
import { loadEnvFile } from '../services/set-up/env-file.ts'
import { applyCommand } from './apply.ts'
import { reportFailure } from './failures.ts'

const program = new Command('sluice')
  .description('Operates a Sluice gateway. Settings come from the same environment variables as the server reads.')
  .exitOverride()
  .showHelpAfterError('(see sluice --help)')
  .addCommand(applyCommand())

// Subcommands must throw as well, or a misspelt option would end the process with commander's own exit code.
for (const command of program.commands) command.copyInheritedSettings(program)

try {
  loadEnvFile()
  await program.parseAsync()
} catch (error) {
  process.exitCode = reportFailure(error)
}
