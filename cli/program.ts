import { Command, Option } from 'commander'
import { accountsCommand } from './accounts.ts'
import { applyCommand } from './apply.ts'
import { auditCommand } from './audit.ts'
import { backupCommand } from './backup.ts'
import { codesCommand } from './codes.ts'
import { completionCommand } from './completion.ts'
import { consoleCommand } from './console.ts'
import { ledgerCommand } from './ledger.ts'
import { diffCommand } from './diff.ts'
import { doctorCommand } from './doctor.ts'
import { OperationError, UsageError } from './failures.ts'
import { exportCommand } from './export.ts'
import { groupsCommand } from './groups.ts'
import { KEY_HELPER, keyHelperCommand } from './key-helper.ts'
import { migrateCommand } from './migrate.ts'
import { balanceCommand, keysCommand, subscriptionsCommand, usersCommand } from './operations.ts'
import { serverUrl } from './option-values.ts'
import { inTermsOf } from './option-words.ts'
import { pauseCommand, pausesCommand, resumeCommand } from './pauses.ts'
import { pricesCommand } from './prices.ts'
import { proxiesCommand } from './proxies.ts'
import { restoreCommand } from './restore.ts'
import { secretsCommand } from './secrets.ts'
import { topCommand } from './top.ts'
import { settingsCommand } from './settings.ts'
import { signInsCommand } from './sign-ins.ts'
import { raisesCommand, teamMembersCommand, teamsCommand } from './teams.ts'
import { usageCommand } from './usage.ts'
import { whyCommand } from './why.ts'
import { workloadRulesCommand } from './workload-rules.ts'
import { loadEnvFile } from '../services/resources/set-up/env-file.ts'
import { nearestName } from '../services/resources/set-up/nearest-name.ts'
import { VERSION } from '../services/platform/version.ts'

/** The whole command, not yet run. It throws instead of ending the process. */
export function sluiceProgram(): Command {
  const program = new Command('sluice')
    .description('Operates a Sluice gateway. Settings come from the environment variables that the server reads.')
    .version(VERSION, '--version', 'print the version')
    .addOption(
      new Option('--url <url>', 'use the server at this URL; same as SLUICE_URL').argParser(serverUrl).conflicts('local')
    )
    .option('--local', "use the database directly instead of a server's admin API; same as SLUICE_URL=local")
    .option('--wide', 'print tables in full, even if the terminal is narrower')
    .hook('preAction', chooseServer)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .addCommand(applyCommand())
    .addCommand(diffCommand())
    .addCommand(exportCommand())
    .addCommand(accountsCommand())
    .addCommand(usersCommand())
    .addCommand(keysCommand())
    .addCommand(groupsCommand())
    .addCommand(subscriptionsCommand())
    .addCommand(workloadRulesCommand())
    .addCommand(teamsCommand())
    .addCommand(teamMembersCommand())
    .addCommand(raisesCommand())
    .addCommand(codesCommand())
    .addCommand(signInsCommand())
    .addCommand(pausesCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(pricesCommand())
    .addCommand(balanceCommand())
    .addCommand(usageCommand())
    .addCommand(ledgerCommand())
    .addCommand(auditCommand())
    .addCommand(proxiesCommand())
    .addCommand(secretsCommand())
    .addCommand(settingsCommand())
    .addCommand(consoleCommand())
    .addCommand(keyHelperCommand())
    .addCommand(topCommand())
    .addCommand(whyCommand())
    .addCommand(doctorCommand())
    .addCommand(migrateCommand())
    .addCommand(backupCommand())
    .addCommand(restoreCommand())
    .addCommand(completionCommand())
  program.addCommand(helpCommand(program))
  // Subcommands must throw as well, or a misspelt option would end the process with commander's own exit code.
  inheritSettings(program)
  program.helpCommand(false)
  return program
}

/** Runs what was typed; what goes wrong is told in the words of that command. */
export async function run(): Promise<void> {
  const program = sluiceProgram()
  let running: Command = program
  program.hook('preAction', (_, command) => {
    running = command
  })
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof UsageError || error instanceof OperationError) error.message = inTermsOf(running, error.message)
    throw error
  }
}

const WITHOUT_SERVER = new Set(['completion', 'doctor', 'migrate', 'restore'])

/** Options before a command and behind it alike are the program's; from here on they count as settings. */
function chooseServer(program: Command, command: Command): void {
  const { url, local, wide } = program.opts<{ url?: string; local?: true; wide?: true }>()
  if (wide) process.stdout.columns = Infinity
  // Claude Code runs it in whatever folder is worked in: what lies there must not say which server, or whom to trust.
  if (command.parent?.name() !== KEY_HELPER) loadEnvFile()
  if (url !== undefined && WITHOUT_SERVER.has(command.name())) {
    throw new UsageError(`sluice ${command.name()} uses the settings and data of this machine, not a server`)
  }
  if (url !== undefined) process.env['SLUICE_URL'] = url
  if (local) process.env['SLUICE_URL'] = 'local'
}

function inheritSettings(parent: Command, path = parent.name()): void {
  parent.showHelpAfterError(`(see ${path} --help)`)
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent)
    inheritSettings(command, `${path} ${command.name()}`)
  }
}

/** `help keys add` says what `keys add --help` does. */
function helpCommand(program: Command): Command {
  return new Command('help')
    .description('Displays help for a command')
    .argument('[command...]')
    .action((words: string[]) => words.reduce(commandCalled, program).help())
}

function commandCalled(parent: Command, word: string): Command {
  const found = parent.commands.find((command) => [command.name(), ...command.aliases()].includes(word))
  if (found !== undefined) return found
  const nearest = nearestName(
    word,
    parent.commands.map((command) => command.name())
  )
  return parent.error(`error: unknown command '${word}'${nearest === null ? '' : `\n(Did you mean ${nearest}?)`}`)
}
