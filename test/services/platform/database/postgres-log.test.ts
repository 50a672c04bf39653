import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPostgresLog, levelOf } from '../../../../services/platform/database/postgres-log.ts'

const LEVELS: [speaker: string, severity: string, level: string][] = [
  ['postmaster', 'LOG', 'info'],
  ['checkpointer', 'PANIC', 'error'],
  ['startup', 'FATAL', 'error'],
  ['autovacuum worker', 'ERROR', 'error'],
  ['autovacuum worker', 'WARNING', 'warn'],
  ['client backend', 'ERROR', 'debug'],
  ['client backend', 'WARNING', 'debug'],
  ['client backend', 'FATAL', 'info'],
  ['client backend', 'PANIC', 'error'],
  ['client backend', 'NOTICE', 'debug'],
  ['', '', 'debug']
]

for (const [speaker, severity, level] of LEVELS) {
  test(`${severity} of ${speaker || 'nobody'} is ${level}`, () => assert.equal(levelOf(speaker, severity, true), level))
}

test('what it says while it starts and stops is for those who look closely', () => {
  for (const [speaker, severity] of LEVELS) assert.equal(levelOf(speaker, severity, false), 'debug')
})

test('messages are put together however they are cut, and the last ones are kept', () => {
  const logged: [string, object, string][] = []
  const at = (level: string) => (fields: object, message: string) => void logged.push([level, fields, message])
  const heard: string[] = []
  const log = createPostgresLog(
    { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') },
    () => true,
    (message) => heard.push(message)
  )
  const text = 'postmaster|LOG:  it is ready\nautovacuum worker|ERROR:  no room\n\tmore of it\n'
  for (const cut of text) log.push(cut)
  log.push('half a line')
  assert.deepEqual(heard, ['it is ready', 'no room', '\tmore of it'])
  assert.deepEqual(logged, [
    ['info', { postgres: 'postmaster', severity: 'LOG' }, 'the embedded database: it is ready'],
    ['error', { postgres: 'autovacuum worker', severity: 'ERROR' }, 'the embedded database: no room'],
    ['debug', {}, 'the embedded database: \tmore of it']
  ])
  for (let n = 0; n < 100; n++) log.push(`${n}\n`)
  assert.equal(log.lastLines().length, 20)
  assert.equal(log.lastLines().at(-1), '99')
})
