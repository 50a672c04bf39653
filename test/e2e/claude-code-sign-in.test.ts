import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { claudeCodeAt, whyNoClaudeCode } from '../support/claude-code.ts'
import { leapingClock } from '../support/device-client.ts'
import { startGateway, USER } from '../support/gateway.ts'
import { operatorOf } from '../support/operator.ts'
import { signIn } from '../support/person.ts'

// A process of its own: it takes as long as a dozen others, and so begins first.

async function started(t: TestContext) {
  const { clock, leap } = leapingClock()
  const gateway = await startGateway(t, { clock })
  const claude = await claudeCodeAt(t, gateway.url)
  const ann = await signIn(gateway, USER)

  /** In a terminal, from its prompt to the code on its screen. */
  async function atCode() {
    const terminal = claude.inTerminal()
    await terminal.shows('run /login')
    await terminal.type('/login')
    terminal.press('enter')
    await terminal.answer([
      ['Enter to connect', 'enter'],
      ['No, cancel login', 'up'],
      ['❯ Yes, trust this gateway', 'enter']
    ])
    await terminal.shows('/console/device')
    const [, userCode = ''] = /Code:([A-Z]{4}-[A-Z]{4})/.exec(terminal.screen()) ?? []
    return { terminal, userCode }
  }
  const decide = async (userCode: string, what: 'approve' | 'deny') =>
    assert.equal((await ann.call('POST', `/me/v1/device-codes/${userCode}/${what}`)).status, 204)

  async function signedIn() {
    const { terminal, userCode } = await atCode()
    await decide(userCode, 'approve')
    await terminal.answer([
      [USER, 'up'],
      ['❯ Yes', 'enter'],
      ['Connected', 'enter']
    ])
    await terminal.shows('Login successful')
    await terminal.shows('auto mode on')
    return terminal
  }
  return { gateway, claude, ann, leap, atCode, decide, signedIn, operator: operatorOf(gateway) }
}

await suite('the real Claude Code', { timeout: 600_000, concurrency: 2, skip: whyNoClaudeCode() ?? false }, async () => {
  test('signs in, is answered, is told what is left, renews its token and signs out', async (t) => {
    const { gateway, claude, signedIn, ann, operator } = await started(t)
    const terminal = await signedIn()
    await terminal.type('say hello')
    terminal.press('enter')
    await terminal.shows('Simulated response of claude-opus-4-7')
    await gateway.settled()
    const [{ charged_usd: cost, key_name: keyName } = { charged_usd: '0', key_name: '' }] = await gateway.settledEvents(1)
    assert.equal(keyName, 'Claude Code on 127.0.0.1')
    await terminal.type('/usage')
    terminal.press('enter')
    await terminal.shows('Spend (UTC)')
    terminal.press('escape')

    const { id } = await operator.row('keys', ({ name }) => name === keyName)
    await operator.call('PATCH', `/keys/${id}`, { spend_limits: { monthly: (Number(cost) / 0.85).toFixed(9) } })
    await terminal.type('say hello again')
    terminal.press('enter')
    await terminal.shows("You've used 8")
    await terminal.end()

    await operator.call('PATCH', `/keys/${id}`, { spend_limits: { monthly: null } })
    await claude.age()
    const before = (await claude.stored())?.enterpriseGateway?.jwt
    const asked = await claude.run('-p', 'say hello')
    assert.equal(asked.code, 0, asked.output)
    assert.notEqual((await claude.stored())?.enterpriseGateway?.jwt, before)

    const loggedOut = await claude.run('auth', 'logout')
    assert.equal(loggedOut.code, 0, loggedOut.output)
    const { data } = await ann.mine<{ data: { status: string }[] }>('/claude-sign-ins')
    assert.deepEqual(
      data.map(({ status }) => status),
      ['revoked']
    )
  })

  test('that an operator signs out is told to sign in again', async (t) => {
    const { claude, signedIn, operator } = await started(t)
    await (await signedIn()).end()
    const { id } = await operator.row('sign-ins', () => true)
    await operator.call('DELETE', `/sign-ins/${id}`)
    const { code, output } = await claude.run('-p', 'say hello')
    assert.equal(code, 1)
    // Its own words: it asks for managed settings first, and does not tell what it was answered there.
    assert.match(output, /sign in again with \/login/)
  })

  test('takes the managed settings of its group, and starts with those that it has', async (t) => {
    const { claude, signedIn, operator } = await started(t)
    await (await signedIn()).end()
    const { id } = await operator.row('groups', ({ name }) => name === 'default')
    const answered = async (model: string) => {
      const { code, output } = await claude.run('-p', 'say hello')
      assert.equal(code, 0, output)
      assert.match(output, new RegExp(`Simulated response of ${model}`))
    }
    const set = async (settings: object | null) => {
      const body = { managed_settings: settings, confirm_managed_settings: true }
      assert.equal((await operator.call('PATCH', `/groups/${id}`, body)).status, 200)
    }
    await answered('claude-opus-4-7')
    await set({ env: { ANTHROPIC_DEFAULT_OPUS_MODEL: 'claude-opus-5-5' }, permissions: { deny: ['Read(./é/**)'] } })
    for (let n = 0; n < 2; n++) await answered('claude-opus-5-5')
    await set(null)
    await answered('claude-opus-4-7')
  })

  test('that is denied is told so', async (t) => {
    const { atCode, decide } = await started(t)
    const { terminal, userCode } = await atCode()
    await decide(userCode, 'deny')
    await terminal.shows('was denied')
  })

  test('that nobody lets in in time is told so', async (t) => {
    const { atCode, leap } = await started(t)
    const { terminal } = await atCode()
    leap(600_000)
    await terminal.shows('timed out')
  })
})
