import { Type, type FastifyPluginAsyncTypebox, type Static } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { wordsOf } from '../../services/platform/error-words.ts'
import { accountResponse, accountResource } from '../../services/resources/accounts/accounts.ts'
import {
  accountToAdd,
  addAccount,
  changeAccount,
  clearAccount,
  setAccountStatus
} from '../../services/resources/accounts/change-accounts.ts'
import type { DesiredAccount } from '../../services/resources/accounts/definition.ts'
import { createSchema, rowSchema } from '../../services/resources/definition.ts'
import { findRow, type Row } from '../../services/resources/rows.ts'
import { authorizationHeaders } from '../../services/resources/accounts/credentials.ts'
import { createAccountTest, modelToTest } from '../../services/gateway/accounts/account-test.ts'
import type { UpstreamCheck } from '../../services/gateway/accounts/upstream-check.ts'
import { upstreamAddress, type UpstreamAccount } from '../../services/gateway/accounts/account-directory.ts'
import { unknownId } from '../../services/resources/admin/operator-changes.ts'
import { GatewayError } from '../../services/platform/gateway-errors.ts'
import { findAccount, type AccountRecord } from '../../services/resources/records/accounts.ts'
import { ID_OR_NAME } from './paging.ts'
import { closed } from './schemas.ts'
import { responsesOf, resourceRoutes } from '../resource-routes.ts'

const Account = rowSchema(accountResource.definition) as TSchema
const LoginStart = Type.Object({ authorize_url: Type.String(), state: Type.String(), verifier: Type.String() })
const LoginCode = Type.Object(
  {
    code: Type.String({ maxLength: 4096, description: 'the code that the page showed' }),
    state: Type.String({ maxLength: 512, description: 'the state that the sign-in began with' }),
    verifier: Type.String({ maxLength: 512, description: 'the verifier that the sign-in began with' })
  },
  closed
)

const TestBody = Type.Object(
  { model: Type.Optional(Type.String({ maxLength: 300, description: 'the id of a model' })) },
  closed
)

const Tested = Type.Object({
  ok: Type.Boolean(),
  status: Type.Union([Type.Integer(), Type.Null()]),
  duration_ms: Type.Number(),
  model: Type.String(),
  problem: Type.Union([Type.String(), Type.Null()])
})

const testOnWire = ({ isOk, status, durationMs, problem }: UpstreamCheck, model: string): Static<typeof Tested> => ({
  ok: isOk,
  status,
  duration_ms: durationMs,
  model,
  problem
})

/** Of an account that has nothing to ask with. */
const unasked = (model: string, problem: string): Static<typeof Tested> => ({
  ok: false,
  status: null,
  duration_ms: 0,
  model,
  problem
})

/** What an operator does with an account beyond describing it: sign in, test, renew, and put back to work. */
const accounts: FastifyPluginAsyncTypebox = async (app) => {
  const { clock, accountDirectory, accountHealth, credentialKeeper } = app

  const resource = {
    ...accountResource,
    toResponse: (row: Row, now: number) =>
      accountResponse(row, { now, secretBox: app.secretBox, problem: accountDirectory.problemOf(row.id) })
  }
  const { onWire } = responsesOf(app, resource)

  resourceRoutes(app, resource, {
    create: async (request, entry) => ({
      row: await loaded(addAccount(app.operatorOf(request), entry as unknown as DesiredAccount))
    }),
    change: async (request, target, changes) => await loaded(changeAccount(app.operatorOf(request), target, changes))
  })

  /** Loaded anew, so that what is wrong with it is in the response. */
  async function loaded(changing: Promise<Row>): Promise<Row> {
    const row = await changing
    app.bus.publish('accounts')
    await accountDirectory.load().catch(() => {})
    return row
  }

  /** As it is by now. */
  async function shown(id: string) {
    const row = await findRow(app.adminDatabase, accountResource.definition, id)
    if (row === null) throw unknownId('account', id)
    return onWire(row)
  }

  async function recordOf(id: string): Promise<AccountRecord> {
    const record = await findAccount(app.adminDatabase, id)
    if (record === null) throw new GatewayError(404, 'not_found_error', `there is no account with id ${id}`)
    return record
  }

  async function upstreamOf(id: string): Promise<UpstreamAccount> {
    const record = await recordOf(id)
    app.readings.expire('accounts')
    const account = await accountDirectory.find(id)
    const problem = accountDirectory.problemOf(id) ?? 'it is gone'
    if (account === null) throw new GatewayError(400, 'invalid_request_error', `account ${record.name}: ${problem}`)
    return account
  }

  const testAccount = createAccountTest({ upstreamPools: app.upstreamPools, timeoutMs: app.config.oauthTimeoutMs, clock })

  async function setStatus(request: FastifyRequest, id: string, status: 'active' | 'disabled') {
    await setAccountStatus(app.operatorOf(request), id, status)
    app.bus.publish('accounts')
    return await shown(id)
  }

  app.post(
    '/accounts/:id/disable',
    { schema: { summary: 'Takes an account out', params: ID_OR_NAME, response: { 200: Account } } },
    (request) => setStatus(request, request.params.id, 'disabled')
  )

  app.post(
    '/accounts/:id/enable',
    { schema: { summary: 'Takes an account back in', params: ID_OR_NAME, response: { 200: Account } } },
    (request) => setStatus(request, request.params.id, 'active')
  )

  app.post(
    '/accounts/:id/clear-error',
    { schema: { summary: "Ends an account's error, cooldowns and breaker", params: ID_OR_NAME, response: { 200: Account } } },
    async (request) => {
      const { id } = request.params
      // What is still on its way to the database would come back otherwise.
      await app.healthNotes.stored()
      const before = await recordOf(id)
      app.healthNotes.note(before, accountHealth.clear(id), { actor: app.operatorOf(request).actor, exchangeId: null })
      await app.healthNotes.stored()
      await clearAccount(app.operatorOf(request), id)
      app.bus.publish('accounts')
      return await shown(id)
    }
  )

  app.post(
    '/accounts/:id/test',
    {
      schema: {
        summary: 'Asks the upstream to count the tokens of one word through an account',
        params: ID_OR_NAME,
        body: TestBody,
        response: { 200: Tested }
      }
    },
    async (request) => {
      const account = await upstreamOf(request.params.id)
      const model = request.body.model ?? modelToTest(await recordOf(request.params.id))
      const credential = await credentialKeeper.headersFor(account).catch((error: unknown) => new Error(wordsOf(error)))
      if (credential instanceof Error) return unasked(model, credential.message)
      const check = await testAccount(account, credential, model)
      if (check.isOk) {
        const context = { headers: check.headers, isLastUsable: false, holder: request.id }
        const changes = accountHealth.report(account.id, model, 'alive', context)
        app.healthNotes.note(account, changes, { actor: app.operatorOf(request).actor, exchangeId: null })
      }
      await app.audit(request, 'account.tested', `account ${account.name}`, { model, status: check.status })
      return testOnWire(check, model)
    }
  )

  app.post(
    '/accounts/test',
    {
      schema: {
        summary: 'Tests an account as it would be added, which stores nothing of it',
        body: Type.Unsafe<DesiredAccount>(createSchema(accountResource.definition)),
        response: { 200: Tested },
        refuses: { 409: 'There is one of that name' }
      }
    },
    async (request) => {
      const { name, baseUrl, ...account } = await accountToAdd(app.operatorOf(request), request.body)
      const model = modelToTest(account)
      const credential = authorizationHeaders(account.credentials, account.auth)
      if (credential === null) return unasked(model, 'nobody has signed in yet, which is done once it is added')
      const address = upstreamAddress(baseUrl ?? app.config.anthropicBaseUrl)
      const check = await testAccount({ ...account, ...address }, credential, model)
      const detail = { model, status: check.status, upstream: address.origin, added: false }
      await app.audit(request, 'account.tested', `account ${name}`, detail)
      return testOnWire(check, model)
    }
  )

  app.post(
    '/accounts/:id/refresh',
    { schema: { summary: 'Renews the tokens of an account of type oauth', params: ID_OR_NAME, response: { 200: Account } } },
    async (request) => {
      const { id } = request.params
      const account = await upstreamOf(id)
      if (account.type !== 'oauth') {
        throw new GatewayError(
          400,
          'invalid_request_error',
          `account ${account.name} is of type ${account.type}: only oauth is renewed`
        )
      }
      try {
        await credentialKeeper.refreshNow(account)
      } catch (error) {
        throw new GatewayError(400, 'invalid_request_error', wordsOf(error), { cause: error })
      }
      app.bus.publish('accounts')
      const { name } = await recordOf(id)
      // The keeper stores what it renews before anything else can fail: an old refresh token is of no use any more.
      await app.audit(request, 'account.refreshed', `account ${name}`, {})
      return await shown(id)
    }
  )

  app.post(
    '/accounts/:id/login',
    { schema: { summary: 'Begins a sign-in to an account', params: ID_OR_NAME, response: { 200: LoginStart } } },
    async (request, reply) => {
      const { type, name } = await recordOf(request.params.id)
      if (type === 'api-key') {
        throw new GatewayError(400, 'invalid_request_error', `account ${name} is of type api-key and has no sign-in`)
      }
      const { authorizeUrl, state, verifier } = app.accountSignIn.begin({ setupToken: type === 'setup-token' })
      return await reply.header('cache-control', 'no-store').send({ authorize_url: authorizeUrl, state, verifier })
    }
  )

  app.post(
    '/accounts/:id/login/complete',
    {
      schema: {
        summary: 'Ends a sign-in to an account with the code that the page showed',
        params: ID_OR_NAME,
        body: LoginCode,
        response: { 200: Account }
      }
    },
    async (request) => {
      const { id } = request.params
      const { code, state, verifier } = request.body
      const account = await recordOf(id)
      await app.accountSignIn.complete({ account, pasted: code, state, verifier, operator: app.operatorOf(request) })
      app.bus.publish('accounts')
      return await shown(id)
    }
  )
}

export default accounts
