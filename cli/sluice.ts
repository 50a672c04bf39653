#!/usr/bin/env node
import { reportFailure } from './failures.ts'
import { run } from './program.ts'

// Node's own code for what nothing handles is that of a negative answer.
process.setUncaughtExceptionCaptureCallback(null)
process.setUncaughtExceptionCaptureCallback((error) => process.exit(reportFailure(error)))
// The console passes over what becomes of its lines. A terminal that goes away is for what draws on it to notice.
if (!process.stdout.isTTY) process.stdout.on('error', (error) => process.exit(reportFailure(error)))

try {
  await run()
} catch (error) {
  // What a failure leaves open, such as the worker of the embedded database, would keep the process alive.
  process.exit(reportFailure(error))
}
