#!/usr/bin/env node
import { loadEnvFile } from '../services/set-up/env-file.ts'
import { reportFailure } from './failures.ts'
import { sluiceProgram } from './program.ts'

try {
  loadEnvFile()
  await sluiceProgram().parseAsync()
} catch (error) {
  // What a failure leaves open, such as the worker of the embedded database, would keep the process alive.
  process.exit(reportFailure(error))
}
