import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dispatcher } from 'undici'
import { createAccountSignIn } from '../../../../services/gateway/accounts/account-sign-in.ts'
import { PastedCodeError, type GivenSignIn, type OauthClient } from '../../../../services/gateway/accounts/oauth-client.ts'
import { GatewayError } from '../../../../services/platform/gateway-errors.ts'
import { createSecretBox } from '../../../../services/platform/secrets.ts'
import { openCredentials, sealCredentials } from '../../../../services/resources/accounts/credentials.ts'
import type { OperatorContext } from '../../../../services/resources/admin/operator-changes.ts'
import { proxies } from '../../../../services/resources/proxies/definition.ts'
import type { AccountRecord } from '../../../../services/resources/records/accounts.ts'
import { createScriptedPool } from '../../../support/scripted-pool.ts'
import { createVirtualClock } from '../../../support/virtual-clock.ts'

const secretBox = createSecretBox(['a'.repeat(64)])
const TOKENS = { accessToken: 'at-2', refreshToken: 'rt-2', expiresAt: 9 }
const OLD = { type: 'oauth' as const, tokens: { accessToken: 'at-1', refreshToken: 'rt-1', expiresAt: 1 }, declared: 'print' }

function accountWith(changes: Partial<AccountRecord> = {}): AccountRecord {
  const credentials = sealCredentials(secretBox, 'main', OLD)
  return { id: 'a1', name: 'main', type: 'oauth', credentials, status: 'active', proxy: null, ...changes } as AccountRecord
}

interface Case {
  tokens?: GivenSignIn['tokens']
  fails?: Error
  /** As the account is by the time its credentials are stored; null when it was deleted. */
  stored?: Partial<AccountRecord> | null
}

function setUp({ tokens = TOKENS, fails, stored = { status: 'active' } }: Case = {}) {
  const steps: string[] = []
  const proxied: (string | null)[] = []
  const exchanged: unknown[] = []
  const pool = createScriptedPool((text) => {
    if (text.startsWith('select')) return stored === null ? [] : [accountWith(stored)]
    if (text.startsWith('update accounts')) return stored === null ? [] : [{}]
    return null
  })
  const { complete } = createAccountSignIn({
    secretBox,
    oauth: {
      async exchangeCode(login: object) {
        exchanged.push(login)
        steps.push('code exchanged')
        if (fails !== undefined) throw fails
        return { tokens, accountEmail: null }
      }
    } as unknown as OauthClient,
    dispatcherFor(proxy) {
      proxied.push(proxy?.host ?? null)
      return {} as Dispatcher
    },
    async forgetHealth({ id }, actor) {
      steps.push(`health of ${id} forgotten by ${actor}`)
      assert.equal(pool.statements.length, 0)
    }
  })
  const operator = { pool, clock: createVirtualClock(), actor: 'admin', origin: {} } as unknown as OperatorContext
  const paste = (account: AccountRecord) => complete({ account, pasted: 'code#state', state: 'state', verifier: 'v', operator })
  const valuesOf = (start: string) => pool.statements.find(({ text }) => text.startsWith(start))?.values
  const storedCredentials = () => {
    const sealed = valuesOf('update accounts')?.find((value) => value instanceof Buffer)
    return (type: AccountRecord['type']) => openCredentials(secretBox, 'main', type, sealed as Buffer)
  }
  return { steps, proxied, exchanged, pool, paste, valuesOf, storedCredentials }
}

test('a pasted code becomes the credentials, on record, once what was known of the old ones is forgotten', async () => {
  const { steps, exchanged, proxied, paste, valuesOf, storedCredentials } = setUp()
  await paste(accountWith())
  assert.deepEqual(steps, ['code exchanged', 'health of a1 forgotten by admin'])
  assert.deepEqual(exchanged, [{ pasted: 'code#state', state: 'state', verifier: 'v', setupToken: false }])
  assert.deepEqual(proxied, [null])
  assert.deepEqual(storedCredentials()('oauth'), { type: 'oauth', tokens: TOKENS, declared: 'print' })
  assert.deepEqual(valuesOf('insert into audit_log')?.slice(1, 4), ['admin', 'account.signed_in', 'account main'])
})

test('a sign-in makes another version: who began from the one before is told', async () => {
  const { pool, paste } = setUp()
  await paste(accountWith())
  assert.ok(pool.statements.some(({ text }) => text.startsWith('update accounts set version = version + 1')))
})

test('a setup token is asked for and kept as one', async () => {
  const { exchanged, paste, storedCredentials } = setUp({ tokens: { ...TOKENS, refreshToken: null } })
  const credentials = sealCredentials(secretBox, 'main', { type: 'setup-token', accessToken: null, declared: null })
  await paste(accountWith({ type: 'setup-token', credentials }))
  assert.deepEqual((exchanged[0] as { setupToken: boolean }).setupToken, true)
  assert.deepEqual(storedCredentials()('setup-token'), { type: 'setup-token', accessToken: 'at-2', declared: null })
})

test('only an account in error is put back to work', async () => {
  for (const [status, isPutBack] of [
    ['error', true],
    ['disabled', false],
    ['active', false]
  ] as const) {
    const { paste, pool } = setUp({ stored: { status } })
    await paste(accountWith())
    const update = pool.statements.find(({ text }) => text.startsWith('update accounts'))
    assert.equal(update?.values.includes('active'), isPutBack, status)
  }
})

test('credentials that cannot be opened are replaced', async () => {
  const { paste, storedCredentials } = setUp()
  await paste(accountWith({ credentials: Buffer.from('of another key') }))
  assert.deepEqual(storedCredentials()('oauth'), { type: 'oauth', tokens: TOKENS, declared: null })
})

test('a sign-in goes by the proxy of the account, and never round one that cannot be opened', async () => {
  const sealed = (name: string) => secretBox.seal('http://proxy.example:3128', proxies.fields.url.seal(name))
  const { proxied, paste } = setUp()
  await paste(accountWith({ proxy: { name: 'p', url: sealed('p') } }))
  assert.deepEqual(proxied, ['proxy.example'])
  const unreadable = setUp()
  await assert.rejects(unreadable.paste(accountWith({ proxy: { name: 'p', url: sealed('q') } })))
  assert.deepEqual([unreadable.exchanged, unreadable.pool.statements], [[], []])
})

test('a code that brings no sign-in is refused, and changes nothing', async () => {
  for (const given of [
    { fails: new PastedCodeError('not the code of this sign-in') },
    { tokens: { ...TOKENS, refreshToken: null } }
  ]) {
    const { steps, pool, paste } = setUp(given)
    await assert.rejects(paste(accountWith()), (error) => error instanceof GatewayError && error.status === 400)
    assert.deepEqual([steps, pool.statements], [['code exchanged'], []])
  }
})

test('an account that was deleted meanwhile has no sign-in on record', async () => {
  const { paste, valuesOf } = setUp({ stored: null })
  await paste(accountWith())
  assert.equal(valuesOf('insert into audit_log'), undefined)
})
