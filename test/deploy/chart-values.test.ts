import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHART_SECRETS as secrets, fromElsewhere, renderChart } from '../support/helm.ts'

/** What does not fit together, and what the operator reads who has set it. */
const REFUSED: Record<string, [values: object, words: RegExp]> = {
  'no secrets at all': [
    {},
    /set secrets\.databaseUrl and secrets\.redisUrl and secrets\.secretKey, or secrets\.existingSecret, or oneProcess=true/
  ],
  'replicas without Redis': [{ secrets: { ...secrets, redisUrl: '' } }, /set secrets\.redisUrl, or/],
  'replicas without Postgres': [{ secrets: { ...secrets, databaseUrl: '' } }, /set secrets\.databaseUrl, or/],
  'replicas without a secret key': [{ secrets: { ...secrets, secretKey: '' } }, /set secrets\.secretKey, or/],
  'two replicas of one process': [{ oneProcess: true, replicas: 2 }, /runs one replica: leave out replicas/],
  'one process that is scaled': [{ oneProcess: true, autoscaling: { enabled: true } }, /set autoscaling\.enabled=false/],
  'one process with Redis': [{ oneProcess: true, secrets }, /leave out secrets\.redisUrl/],
  'one process with Redis from elsewhere': [{ oneProcess: true, extraEnv: [fromElsewhere('REDIS_URL')] }, /no use for Redis/],
  'Postgres without a secret key': [
    { oneProcess: true, secrets: { databaseUrl: 'postgres://db/x' } },
    /set secrets\.secretKey/
  ],
  'Postgres from elsewhere without a secret key': [
    { oneProcess: true, extraEnv: [fromElsewhere('DATABASE_URL')] },
    /set secrets\.secretKey/
  ],
  'a short admin token': [{ secrets: { ...secrets, adminToken: 'short' } }, /secrets\.adminToken must have 16 characters/],
  'a database that is no Postgres': [
    { secrets: { ...secrets, databaseUrl: 'mysql://db' } },
    /secrets\.databaseUrl must begin with postgres:\/\//
  ],
  'a Redis that is none': [{ secrets: { ...secrets, redisUrl: 'http://r' } }, /secrets\.redisUrl must begin with redis:\/\//],
  'a setting that the chart sets': [
    { secrets, settings: { DRAIN_TIMEOUT_MS: '1' } },
    /DRAIN_TIMEOUT_MS .*: set drain\.timeoutMs/
  ],
  'a secret among the settings': [{ secrets, settings: { WEBHOOK_SECRET: 'x' } }, /set secrets\.webhookSecret/],
  'a variable that the chart sets': [
    { secrets, extraEnv: [{ name: 'ADMIN_PORT' }] },
    /ADMIN_PORT in extraEnv .*: set admin\.enabled/
  ],
  'a variable twice': [{ secrets, extraEnv: [{ name: 'A' }, { name: 'A' }] }, /extraEnv has a name twice/],
  'a setting and a variable': [
    { secrets, settings: { QUEUE_EXTRA: '1' }, extraEnv: [{ name: 'QUEUE_EXTRA', value: '2' }] },
    /QUEUE_EXTRA is in settings and in extraEnv/
  ],
  'authorities twice': [
    { secrets, caBundle: { existingConfigMap: 'a' }, extraEnv: [{ name: 'NODE_EXTRA_CA_CERTS', value: '/x' }] },
    /leave out one of it and caBundle\.existingConfigMap/
  ],
  'the admin API on the public route': [{ secrets, ingress: { paths: ['/v1', '/admin'] } }, /ingress\.paths has \/admin/],
  'the console on the public route': [{ secrets, ingress: { paths: ['/console'] } }, /ingress\.paths has \/console/],
  'the console without the port it is at': [
    { secrets, console: { ingress: { enabled: true } } },
    /console is on the admin port/
  ],
  'everything on the public route': [{ secrets, ingress: { paths: ['/'] } }, /ingress\.paths has \//],
  'metrics without the port they are at': [{ secrets, serviceMonitor: { enabled: true } }, /set admin\.enabled=true/],
  'two declarative files': [
    { secrets, declarative: { content: 'users: []', existingSecret: 'mine' } },
    /set one of declarative\.content, declarative\.existingSecret and/
  ],
  'rules without a file': [{ secrets, prometheusRule: { enabled: true } }, /--set-file prometheusRule\.alerts=/],
  'more replicas at least than at most': [
    { secrets, autoscaling: { enabled: true, minReplicas: 9 } },
    /minReplicas is above autoscaling\.maxReplicas/
  ],
  'a policy that lets nobody in': [
    { secrets, networkPolicy: { ingressNamespace: '' } },
    /set networkPolicy\.ingressNamespace or/
  ],
  'a policy that lets nobody scrape': [
    { secrets, admin: { enabled: true }, networkPolicy: { prometheusNamespace: '' } },
    /set networkPolicy\.prometheusNamespace or/
  ],
  'a volume that the chart has': [{ secrets, extraVolumes: [{ name: 'tmp', emptyDir: {} }] }, /extraVolumes has tmp/]
}

for (const [name, [values, words]] of Object.entries(REFUSED)) {
  test(`values are refused in plain words: ${name}`, async () => {
    await assert.rejects(renderChart({ values }), (error: Error) => {
      assert.match(error.message, /the values do not fit together:\n- /)
      assert.match(error.message, words)
      return true
    })
  })
}

test('all that does not fit is told at once, and no secret with it', async () => {
  const values = { secrets: { redisUrl: 'http://:hunter2@r' }, serviceMonitor: { enabled: true } }
  await assert.rejects(renderChart({ values }), ({ message }: Error) => {
    assert.equal([...message.matchAll(/^- /gm)].length, 3)
    assert.doesNotMatch(message, /hunter2/)
    return true
  })
})

/** Of the wrong type, or misspelt: the schema names the value. */
const MALFORMED: Record<string, [values: object, words: RegExp]> = {
  'a setting that is no text': [{ secrets, settings: { QUEUE_EXTRA: 20 } }, /QUEUE_EXTRA/],
  'a value that does not exist': [{ secrets, replicaCount: 3 }, /replicaCount/],
  'a variable without a name': [{ secrets, extraEnv: [{ value: 'x' }] }, /extraEnv/],
  'a mount without a path': [{ secrets, extraVolumeMounts: [{ name: 'x' }] }, /extraVolumeMounts/],
  'a count that is none': [{ secrets, replicas: 'two' }, /replicas/]
}

for (const [name, [values, words]] of Object.entries(MALFORMED)) {
  test(`values are refused: ${name}`, async () => {
    await assert.rejects(renderChart({ values }), ({ message }: Error) => {
      assert.match(message, /values don't meet the specifications/)
      assert.match(message, words)
      return true
    })
  })
}
