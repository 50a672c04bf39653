// `npm ci` builds the console in a checkout: it runs the script `dependencies` when it is done. Where packages for development are left out, it was built before.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const vite = fileURLToPath(new URL('../node_modules/vite/bin/vite.js', import.meta.url))
if (existsSync(vite)) {
  execFileSync(process.execPath, [vite, 'build', import.meta.dirname, '--logLevel', 'warn'], { stdio: 'inherit' })
}
