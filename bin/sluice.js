#!/usr/bin/env node
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

// Kept in plain old JavaScript: any Node may be the first on somebody's PATH, and one before 24 cannot read the rest.
const OLDEST = 24

const own = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= OLDEST) {
  const { keepCompiledCode } = await import('../services/platform/compile-cache.js')
  keepCompiledCode()
  await import('../cli/sluice.ts')
} else if (existsSync(own)) runWith(own)
else {
  console.error(
    `sluice: this is Node ${process.version}, and Sluice needs ${OLDEST}: install that, or run 'npm ci' here, which brings it`
  )
  process.exit(3)
}

/**
 * The same command in the Node that the project brings, and its end as one's own.
 * @param {string} node
 */
function runWith(node) {
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' })
  // A terminal gives Ctrl-C to both; what is sent to this process alone is passed on.
  process.on('SIGINT', () => {})
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => {
    console.error(`sluice: ${node} cannot be run: ${error.message}`)
    process.exit(3)
  })
  child.on('close', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
}
