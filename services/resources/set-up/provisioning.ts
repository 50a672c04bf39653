import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../platform/clock.ts'
import type { Desired } from './declarative-schema.ts'
import { listAccounts } from '../records/accounts.ts'
import { PUBLIC_HOSTS } from '../../platform/network/host-rules.ts'
import { lockGroups } from '../records/groups.ts'
import { inTransaction, type Connectable, type Queryable } from '../../platform/database/queryable.ts'
import { listRows } from '../rows.ts'
import { users } from '../users/definition.ts'
import { generateClientKey, type SecretBox } from '../../platform/secrets.ts'

interface FirstStartOptions {
  anthropicApiKey: string
  /** The folder for the file with the client key. */
  dataDir: string
  secretBox: SecretBox
  clock: Clock
}

interface FirstStart {
  /** Its name. */
  account: string
  email: string
  /** The client key: for a terminal, never for a log. */
  key: string
  /** The file that has it, with mode 0600. */
  keyFile: string
  openingBalanceUsd: string
}

const ACCOUNT = 'main'
const EMAIL = 'admin@localhost'

/** Enough to work for days, and a limit to what a lost key can cost. */
const OPENING_BALANCE_USD = '100'

/**
 * Creates what a first request needs: on a database without users and accounts, an account with this key, a group, a user and a
 * client key. Does nothing and resolves to null when something is already provisioned.
 */
export async function provisionFirstStart(pool: Connectable, options: FirstStartOptions): Promise<FirstStart | null> {
  const { anthropicApiKey, dataDir, secretBox, clock } = options
  const keyFile = join(dataDir, 'first-key')
  const key = generateClientKey()
  return await inTransaction(pool, async (client) => {
    await lockGroups(client)
    if (!(await isUnprovisioned(client))) return null
    const audit = { actor: 'config', origin: null } as const
    // It loads a lot, and is needed once in the life of a database.
    const { applyWithin } = await import('./apply.ts')
    await applyWithin(client, firstState(anthropicApiKey, key), { secretBox, clock, hosts: PUBLIC_HOSTS, audit })
    // Before the commit: somebody must know each key that exists.
    await writeKeyFile(keyFile, key)
    return { account: ACCOUNT, email: EMAIL, key, keyFile, openingBalanceUsd: OPENING_BALANCE_USD }
  })
}

async function isUnprovisioned(client: Queryable): Promise<boolean> {
  const accounts = await listAccounts(client)
  return accounts.length === 0 && (await listRows(client, users)).length === 0
}

function firstState(apiKey: string, key: string): Desired {
  return {
    groups: [{ name: 'default', kind: 'balance' }],
    accounts: [{ name: ACCOUNT, type: 'api-key', credentials: { api_key: apiKey }, groups: ['default'] }],
    users: [
      {
        email: EMAIL,
        role: 'admin',
        concurrency: 5,
        balance_usd: OPENING_BALANCE_USD,
        keys: [{ name: 'default', group: 'default', key }]
      }
    ]
  }
}

async function writeKeyFile(file: string, key: string): Promise<void> {
  await rm(file, { force: true }) // so that the mode is ours, whatever existed before
  await writeFile(file, `${key}\n`, { mode: 0o600, flag: 'wx' })
}
