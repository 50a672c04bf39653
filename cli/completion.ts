import { Argument, Command } from 'commander'
import { scriptFor, type Shell } from './completion-scripts.ts'
import { printResult } from './print-result.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

export interface Suggestion {
  /** A command, an option or a value. */
  word: string
  about: string
}

/** What may stand behind a command that was typed, such as `users list`; the program itself is ''. */
export interface Place {
  path: string
  words: Suggestion[]
  /** By option, what it may be given, where that is a choice; nothing to choose from is a value of one's own. */
  values: Map<string, string[]>
  /** What leads on from here: each name, and each other word for it, with the path there. */
  ways: Map<string, string>
}

export function completionCommand(): Command {
  const command = new Command('completion')
    .description('Prints a completion script for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .option('--json', 'print JSON', false)
  return command.action((shell: Shell, { json }: { json: boolean }) => {
    const script = scriptFor(shell, placesOf(programOf(command)))
    printResult({ shell, script }, json, () => process.stdout.write(script))
  })
}

const programOf = (command: Command): Command => (command.parent === null ? command : programOf(command.parent))

/** Each place where a word may be typed. */
export function placesOf(program: Command): Place[] {
  const everywhere = program.options
  return placesBelow(program, '')

  function placesBelow(command: Command, path: string): Place[] {
    const to = (child: Command) => (path === '' ? child.name() : `${path} ${child.name()}`)
    const isOption = new Set(command.options)
    const options = [...command.options, ...everywhere.filter((option) => !isOption.has(option))]
    const place: Place = {
      path,
      words: [
        ...command.commands.map((child) => ({ word: child.name(), about: child.description() })),
        ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
          argChoices.map((word) => ({ word, about: description }))
        ),
        ...options.flatMap(({ long, description }) =>
          long === undefined || long === null ? [] : [{ word: long, about: description }]
        ),
        { word: '--help', about: 'display help for command' }
      ],
      values: new Map(
        options.flatMap(({ long, short, required, argChoices = [] }) =>
          required
            ? [long, short].flatMap((flag) => (flag === undefined || flag === null ? [] : [[flag, argChoices] as const]))
            : []
        )
      ),
      ways: new Map(command.commands.flatMap((child) => [child.name(), ...child.aliases()].map((word) => [word, to(child)])))
    }
    return [place, ...command.commands.flatMap((child) => placesBelow(child, to(child)))]
  }
}
