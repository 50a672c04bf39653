import { readFile } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { Clock } from '../../platform/clock.ts'
import { inTransaction, type Connectable } from '../../platform/database/queryable.ts'
import { fileProblem } from '../../platform/file-problem.ts'
import type { HostRules } from '../../platform/network/host-rules.ts'
import type { SecretBox } from '../../platform/secrets.ts'
import { keepCreatedKeys } from './created-keys.ts'
import { provisionFirstStart } from './provisioning.ts'

interface DeclaredStateOptions {
  pool: Connectable
  secretBox: SecretBox
  clock: Clock
  hosts: HostRules
  dataDir: string
  /** The variables for the file's `${NAME}`. */
  variables: Readonly<Record<string, string | undefined>>
  log: Pick<Logger, 'info' | 'warn'>
  /** Shows the operator what must not be logged: newly created keys, and the file that has them. */
  showKey: (message: string) => void
}

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new Error(`SLUICE_CONFIG names ${file}, which cannot be read: ${fileProblem(cause)}`, { cause })
  }
}

/** Makes the database match the declarative file. Rejects, naming the file, when it cannot be read or applied. */
export async function applyDeclaredFile(configFile: string, options: DeclaredStateOptions): Promise<void> {
  const { pool, secretBox, clock, hosts, dataDir, variables, log, showKey } = options
  // Its reader takes long to load.
  const { parseDeclarativeFile } = await import('./declarative-file.ts')
  const { applyWithin } = await import('./apply.ts')
  const desired = parseDeclarativeFile(await readConfig(configFile), { fileName: configFile, variables })
  const { plan, createdKeys, keyFile } = await inTransaction(pool, async (client) => {
    // Whoever writes this file controls the server anyway.
    const isConfirmed = true
    const audit = { actor: 'config', origin: null } as const
    const result = await applyWithin(client, desired, { secretBox, clock, hosts, isConfirmed, audit })
    // Before the commit: somebody must know each key that exists.
    return { ...result, keyFile: await keepCreatedKeys(dataDir, result.createdKeys) }
  })
  for (const warning of plan.warnings) log.warn(warning)
  const changed = plan.steps.filter((step) => step.action !== 'unchanged')
  log.info({ changed: changed.map(({ action, kind, name }) => `${action} ${kind} ${name}`) }, 'the declarative file is applied')
  for (const { email, name, key } of createdKeys) showKey(`New client key of ${email}, ${name}: ${key} (kept in ${keyFile})`)
  if (keyFile !== null) log.info({ keyFile, keys: createdKeys.length }, 'client keys were generated')
}

/** Creates what a first start needs from an API key. Resolves to the name of the account, or null when it created none. */
export async function applyFirstKey(anthropicApiKey: string, options: DeclaredStateOptions): Promise<string | null> {
  const { pool, dataDir, secretBox, clock, log, showKey } = options
  const first = await provisionFirstStart(pool, { anthropicApiKey, dataDir, secretBox, clock })
  if (first === null) return null
  const { email, key, keyFile, openingBalanceUsd } = first
  log.info({ email, keyFile, openingBalanceUsd }, 'first start: an account, a group, a user and a client key were created')
  showKey(`Client key of ${email}: ${key} (kept in ${keyFile}; balance ${openingBalanceUsd} USD)`)
  return first.account
}
