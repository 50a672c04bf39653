import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Exported type names are unique across the product, so that a name read anywhere means one thing. Run by `npm run check`. */
const folders = ['services', 'plugins', 'routes', 'cli', 'simulator', 'bench']
const EXPORTED_TYPE = /^export (?:abstract )?(?:class|interface|type) (\w+)/gm
const declarations = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...folders], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => [...readFileSync(path, 'utf8').matchAll(EXPORTED_TYPE)].map(([, name]) => ({ name: name!, path })))

const repeated = [...Map.groupBy(declarations, ({ name }) => name)].filter(([, places]) => places.length > 1)
for (const [name, places] of repeated) {
  console.error(`the type ${name} is exported ${places.length} times: ${places.map(({ path }) => path).join(', ')}`)
}
if (repeated.length > 0) process.exitCode = 1
