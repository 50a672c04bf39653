import { resolve } from 'node:path'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { systemClock } from './services/platform/clock.ts'
import { wordsOf } from './services/platform/error-words.ts'
import { createLogger } from './services/platform/logger.ts'
import { onStopSignals } from './services/platform/stop-signals.ts'
import { VERSION } from './services/platform/version.ts'
import { forgetAdminHandle, writeAdminHandle } from './services/resources/set-up/admin-handle.ts'
import { loadEnvFile } from './services/resources/set-up/env-file.ts'
import { misnamedSettings } from './services/resources/set-up/misnamed-settings.ts'
import { readSettings, SettingsError, type Settings } from './services/resources/set-up/settings.ts'

const misnamed = () =>
  misnamedSettings(process.env).map(({ name, meant }) => {
    return { name, meant, words: `${name} is no setting and has no effect: did you mean ${meant}?` }
  })

function settingsOrExit(): Settings {
  try {
    loadEnvFile()
    return readSettings(process.env)
  } catch (error) {
    console.error(error instanceof SettingsError ? error.message : wordsOf(error))
    // What is missing may be there under another name.
    for (const { words } of misnamed()) console.error(`  ${words}`)
    return process.exit(1)
  }
}

const settings = settingsOrExit()
// Lines are gathered while many come at once, and written a second later at the most.
const destination = pino.destination({ sync: false, minLength: 4096, periodicFlush: 1000 })
const logger = createLogger(settings.logLevel, destination)
// Node itself would print all that a library has put on its error, and that may be a password.
process.on('uncaughtException', (err) => {
  logger.fatal({ err }, 'an error that nothing handles: the process ends')
  destination.flushSync()
  process.exit(1)
})

const { databaseUrl, redisUrls, dataDir } = settings
logger.info(
  {
    version: VERSION,
    node: process.versions.node,
    database: databaseUrl === null ? 'embedded' : 'DATABASE_URL',
    slots: redisUrls === null ? 'in-process' : 'REDIS_URL',
    dataDir: resolve(dataDir)
  },
  'Sluice starts'
)
for (const { words, ...fields } of misnamed()) logger.warn(fields, words)

try {
  // A key goes to somebody at a terminal, never into a log that others read.
  const showKey = (message: string) => {
    if (process.stdout.isTTY) console.log(message)
  }
  const app = await buildApp({ settings, logger, showKey, officeOnThread: true })
  const stop = async (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'draining: no longer ready, running streams go on')
    // Somebody at a terminal wants it to stop; a load balancer needs time to notice.
    await app.lifecycle.drain(signal === 'SIGINT' ? 0 : settings.drainDelayMs)
    await app.close()
    await forgetAdminHandle(dataDir)
    const lostRecords = app.lostRecords()
    if (lostRecords > 0) logger.fatal({ lostRecords }, 'stopped; usage is lost: neither the disk nor the database took it')
    else logger.info('stopped')
    destination.flushSync()
    process.exit(lostRecords > 0 ? 1 : 0)
  }
  // Before anybody can find it ready, and want it gone again.
  onStopSignals({ clock: systemClock, stop: (signal) => void stop(signal), hurry: () => app.lifecycle.hurry() })

  const { adminUrl } = await app.ports.open()
  await writeAdminHandle(dataDir, { url: adminUrl, token: app.localAdminToken })
} catch (error) {
  // Before listening there is nothing to drain: say what is wrong and leave.
  destination.flushSync()
  const hint = (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? ': set PORT to a free one' : ''
  console.error(`${wordsOf(error)}${hint}`)
  logger.debug({ err: error }, 'start failed')
  destination.flushSync()
  process.exit(1)
}
