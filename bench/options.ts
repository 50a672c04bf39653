import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util'

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options } & Pick<ParseArgsConfig, 'args'>>
>['values']

/** What a script was given. Ends the process with its help where that is asked for, or where something else was given. */
export function readOptions<const Options extends ParseArgsOptionsConfig>(help: string, options: Options): Values<Options> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help)
    process.exit(0)
  }
  try {
    return parseArgs({ args, options }).values
  } catch (error) {
    return refuseOptions(`${(error as Error).message}\n\n${help}`)
  }
}

/** Ends the process as for bad usage. */
export function refuseOptions(problem: string): never {
  console.error(problem)
  process.exit(2)
}
