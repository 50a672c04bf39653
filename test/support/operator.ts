import assert from 'node:assert/strict'
import { ADMIN_TOKEN, CLIENT_KEY, type ErrorBody, type Gateway } from './gateway.ts'
import { callJson } from './json-requests.ts'

/** Asks the admin API as an operator's script does. */
export function operatorOf(gateway: Gateway) {
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    callJson(`${gateway.url}/admin/v1${path}`, method, { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers }, body)

  return {
    call,
    /** What a request is refused with. */
    async refusal(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
      const response = await call(method, path, body, headers)
      const { error } = response.body as unknown as ErrorBody
      return [response.status, error?.message] as const
    },
    async row(kind: string, is: (row: Record<string, unknown>) => boolean) {
      const { data } = await gateway.admin<{ data: Record<string, unknown>[] }>(`/${kind}?limit=1000`)
      const found = data.find(is)
      assert.ok(found !== undefined, `none of the ${kind} is so`)
      return found as { id: string; version: number } & Record<string, unknown>
    },
    /** As if the time had come at which it ends: nobody may ask for that afterwards. */
    async end(path: string) {
      const [, table, id] = /^\/(keys|codes|subscriptions)\/(\d+)$/.exec(path) ?? assert.fail(path)
      const named = { keys: 'api_keys', codes: 'redeem_codes', subscriptions: 'subscriptions' }[String(table)]
      const begun = table === 'subscriptions' ? `starts_at = '2019-01-01', ` : ''
      await gateway.app.pg.pool.query(
        `update ${named} set ${begun}expires_at = '2020-01-01T00:00:00Z', version = version + 1 where id = $1`,
        [id]
      )
      gateway.app.bus.publish('directory')
      return await call('GET', path)
    },
    /** The newest rows of the audit log, the oldest first. */
    async audit(count: number) {
      const { rows } = await gateway.app.pg.pool.query<{ action: string; subject: string; detail: Record<string, unknown> }>(
        'select actor, action, subject, detail from audit_log order by id desc limit $1',
        [count]
      )
      return rows.toReversed()
    },
    /** The status with which a client's key is answered. */
    async statusOf(key = CLIENT_KEY) {
      return (await gateway.get('/v1/models', { 'x-api-key': key })).status
    }
  }
}

/** No secret of a client key is in the text, nor its hash. */
export function assertNoHash(text: string) {
  assert.doesNotMatch(text, /hash|[0-9a-f]{64}|"type":"Buffer"|sk-ant-/i)
}

/** In ascending order: which of those that race wins is not said. */
export const statusesOf = (responses: readonly { status: number }[]) =>
  responses.map(({ status }) => status).toSorted((a, b) => a - b)
