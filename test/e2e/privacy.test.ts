import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { account, ask, CLIENT_KEY, occupy, startGateway, UPSTREAM_KEY, user, type Gateway } from '../support/gateway.ts'
import type { Behaviour } from '../../simulator/behaviour.ts'
import { until } from '../support/until.ts'

const PROMPT = 'canary-prompt-5b1e'
const RESPONSE = 'canary-response-77c0'
const SESSION = 'canary-session-19aa'
const FIXED_HEADER = 'canary-fixed-header-2e4b'
const WRONG_KEY = 'sk-sluice-canary-wrong-key-0d3f'
/** The part of a key that is not shown as its prefix. */
const SECRETS = { PROMPT, RESPONSE, SESSION, WRONG_KEY, CLIENT_KEY, UPSTREAM_KEY, FIXED_HEADER }

const withPrompt = (changes: object = {}) =>
  ask({
    system: [{ type: 'text', text: `system ${PROMPT}`, cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: `please ${PROMPT}` }],
    metadata: { user_id: JSON.stringify({ session_id: SESSION, device_id: PROMPT }) },
    tools: [{ name: 'tool', description: PROMPT, input_schema: { type: 'object' } }],
    ...changes
  })

const BEHAVIOURS: Behaviour[] = [
  {},
  { text: RESPONSE, thinking: RESPONSE },
  { text: RESPONSE, deltas: 4, breakOff: { how: 'reset', at: 'middle', midEvent: true } },
  { text: RESPONSE, errorEvent: { at: 'middle', message: `${RESPONSE} ${PROMPT}` } },
  { errorEvent: { at: 0, message: `${RESPONSE} ${PROMPT}` } },
  ...[400, 401, 403, 404, 429, 500, 529].map((status) => ({
    error: { status, message: `no ${PROMPT} ${RESPONSE} ${UPSTREAM_KEY} ${FIXED_HEADER}` }
  })),
  { error: { status: 502, body: `<html>${PROMPT} ${RESPONSE}</html>` } },
  { raw: { status: 200, headers: { 'content-type': 'text/html' }, body: `<html>${RESPONSE}</html>` } },
  { raw: { status: 200, headers: { 'content-type': 'application/json' }, body: `{"broken ${RESPONSE}` } },
  {
    raw: { status: 200, headers: { 'content-type': 'text/event-stream' }, body: `event: ${RESPONSE}\ndata: {${RESPONSE}\n\n` }
  },
  { raw: { status: 307, headers: { location: `http://127.0.0.1:9/${RESPONSE}` } } },
  { breakOff: { how: 'close', at: 'before-headers' } }
]

async function exerciseEverything(gateway: Gateway) {
  const headers = { 'x-claude-code-session-id': SESSION, 'anthropic-beta': PROMPT, 'x-unknown': PROMPT, cookie: PROMPT }
  const send = async (body: object | string, init: Parameters<Gateway['messages']>[1] = {}) => {
    await gateway
      .messages(body, { headers, ...init })
      .then((response) => response.text())
      .catch(() => null)
  }
  for (const behaviour of BEHAVIOURS) {
    gateway.upstream.setBehaviour(behaviour)
    for (const stream of [true, false]) {
      await gateway.heal()
      await send(withPrompt({ stream }))
    }
    await send(withPrompt(), { path: `/v1/messages/count_tokens?x=${PROMPT}` })
  }
  gateway.upstream.setBehaviour({ text: RESPONSE, deltas: 50, paceMs: 5 })
  await send(withPrompt({ stream: true }), { signal: AbortSignal.timeout(60) })

  gateway.upstream.setBehaviour({})
  await send(`{"model": 1, "messages": "${PROMPT}"}`)
  await send(`{"model":"m","model":"m","messages":"${PROMPT}"}`)
  await send(`{not json ${PROMPT}`)
  await send(withPrompt({ stream: PROMPT }))
  await send(withPrompt(), { headers: { 'x-api-key': WRONG_KEY } })
  await send(withPrompt(), { headers: { 'content-encoding': PROMPT } })
  await send(withPrompt(), { path: `/v1/${PROMPT}` })
  await send(withPrompt(), { path: `/api/event_logging/batch?${PROMPT}` })
  await send(withPrompt(), { path: '/admin/v1/apply', headers: { authorization: `Bearer ${CLIENT_KEY}` } })
  await (await gateway.get(`/v1/models?after_id=${PROMPT}`)).text()

  await gateway.heal()
  const free = await occupy(gateway, 2)
  await send(withPrompt({ stream: true }))
  await free()
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Every row of every table as JSON, with bytes also as text. */
async function databaseDump({ app }: Gateway) {
  const { pool } = app.pg
  const { rows: tables } = await pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'public' and c.relkind = 'r'`
  )
  const dump: Record<string, string> = {}
  for (const { name } of tables) {
    const { rows } = await pool.query<Record<string, unknown>>(`select * from ${name}`)
    const asText = (_key: string, value: unknown): unknown =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
    dump[name] = rows
      .map((row) =>
        Object.values(row)
          .map((value) => JSON.stringify(asText('', value), asText))
          .join(' ')
      )
      .join('\n')
  }
  return dump
}

function assertNoSecret(text: string, where: string) {
  for (const [name, secret] of Object.entries(SECRETS)) {
    const at = text.indexOf(secret)
    assert.equal(at, -1, `${name} is in ${where}: ${text.slice(Math.max(0, at - 200), at + 100)}`)
  }
}

await suite('prompts, responses and keys', async () => {
  test('are in no log, no journal and no database, whatever happened', async (t) => {
    const gateway = await startGateway(t, {
      env: { LOG_LEVEL: 'trace', QUEUE_TIMEOUT_MS: '100', PING_INTERVAL_MS: '30', PROGRESS_INTERVAL_MS: '10' },
      declared: (url) => ({
        users: [user({ concurrency: 2 })],
        accounts: [
          account('main', url, { priority: 1, headers: { 'x-tenant': FIXED_HEADER } }),
          account('unreachable', 'http://127.0.0.1:1')
        ]
      })
    })
    await exerciseEverything(gateway)
    await until('nothing is held', async () => (await gateway.slots()).length === 0)
    await gateway.settled()

    assert.ok(gateway.logs.length > 50)
    assertNoSecret(gateway.logs.join(''), 'the log')

    const dump = await databaseDump(gateway)
    assert.ok(dump['users']!.includes('dev@example.com'))
    for (const [table, text] of Object.entries(dump)) assertNoSecret(text, `table ${table}`)
    assert.match(
      Object.entries(dump)
        .map(([table, text]) => (table.startsWith('usage_events') ? text : ''))
        .join(''),
      /claude-opus-5-5/
    )

    await gateway.stop()
    const journal = await filesBelow(join(gateway.dataDir, 'journal'))
    assert.ok(journal.length > 0)
    let recorded = ''
    for (const file of journal) recorded += await readFile(file, 'latin1')
    assert.match(recorded, /client_closed/)
    assertNoSecret(recorded, 'the journal')
  })

  test('of the start are in no log either', async (t) => {
    const gateway = await startGateway(t, { env: { LOG_LEVEL: 'trace', ANTHROPIC_API_KEY: UPSTREAM_KEY } })
    assertNoSecret(gateway.logs.join(''), 'the log')
    assert.ok(gateway.logs.length > 0)
  })
})
