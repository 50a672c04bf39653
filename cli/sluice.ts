#!/usr/bin/env node
import { keepCompiledCode } from '../services/compile-cache.ts'

// Before anything else is loaded.
keepCompiledCode()
const { loadEnvFile } = await import('../services/set-up/env-file.ts')
const { reportFailure } = await import('./failures.ts')
const { sluiceProgram } = await import('./program.ts')

try {
  loadEnvFile()
  await sluiceProgram().parseAsync()
} catch (error) {
  // What a failure leaves open, such as the worker of the embedded database, would keep the process alive.
  process.exit(reportFailure(error))
}
