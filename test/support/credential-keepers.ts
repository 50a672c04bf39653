import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Agent } from 'undici'
import {
  createCredentialKeeper,
  type CredentialKeeper,
  type CredentialKeeperOptions,
  type KeptAccount
} from '../../services/gateway/accounts/credential-keeper.ts'
import { openCredentials, sealCredentials, type OauthTokens } from '../../services/resources/accounts/credentials.ts'
import { createOauthClient } from '../../services/gateway/accounts/oauth-client.ts'
import { createRefreshedCredentialsFolder } from '../../services/gateway/accounts/refreshed-credentials.ts'
import type { Clock } from '../../services/platform/clock.ts'
import type { CredentialRecords } from '../../services/resources/records/account-credentials.ts'
import { createSecretBox } from '../../services/platform/secrets.ts'
import { createTestLog } from './journal-fixtures.ts'
import { startSimulatedTokenEndpoint } from './simulated-token-endpoint.ts'

export const secretBox = createSecretBox(['7'.repeat(64)])

export function oauthAccount(id: string, tokens: OauthTokens | null, name = 'main'): KeptAccount {
  return { id, name, type: 'oauth', credentials: { type: 'oauth', tokens, declared: null }, proxy: null }
}

export function sealTokens(tokens: OauthTokens | null, declared: string | null = null, name = 'main'): Buffer {
  return sealCredentials(secretBox, name, { type: 'oauth', tokens, declared })
}

export function openTokens(sealed: Buffer, name = 'main'): OauthTokens | null {
  const credentials = openCredentials(secretBox, name, 'oauth', sealed)
  return credentials.type === 'oauth' ? credentials.tokens : null
}

/** A token endpoint, and keepers that ask it; each is as if in a process of its own, with its data folder. */
export async function setUpKeepers(t: TestContext, clock: Clock) {
  const endpoint = await startSimulatedTokenEndpoint({ now: clock.now })
  const dispatcher = new Agent()
  const parent = mkdtempSync(join(tmpdir(), 'sluice-keepers-'))
  const keepers: CredentialKeeper[] = []
  t.after(async () => {
    endpoint.setBehaviour('down')
    await Promise.all(keepers.map((keeper) => keeper.close()))
    await dispatcher.destroy()
    await endpoint.close()
    rmSync(parent, { recursive: true, force: true })
  })

  function openKeeper(holder: string, records: CredentialRecords, changes: Partial<CredentialKeeperOptions> = {}) {
    const refreshed: string[] = []
    const ended: [string, string][] = []
    const log = createTestLog()
    const dir = join(parent, holder.replace(/#.*/, ''))
    const keeper = createCredentialKeeper({
      records,
      secretBox,
      oauth: createOauthClient({
        tokenUrl: endpoint.url,
        authorizeUrl: endpoint.url,
        timeoutMs: 15_000,
        clock,
        random: Buffer.alloc
      }),
      dispatcherFor: () => dispatcher,
      spill: createRefreshedCredentialsFolder(dir),
      clock,
      log,
      holder,
      leaseMs: 30_000,
      pollMs: 100,
      retryMs: 30_000,
      onRefreshed: (id) => void refreshed.push(id),
      onSignInEnded: (id, reason) => void ended.push([id, reason]),
      ...changes
    })
    keepers.push(keeper)
    return { keeper, refreshed, ended, log, dir }
  }

  return { endpoint, openKeeper }
}
