import { readFileSync } from 'node:fs'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { StatefulSet } from 'kubernetes-models/apps/v1'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2'
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { Secret, Service, ServiceAccount } from 'kubernetes-models/v1'
import { PrometheusRule, ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'
import { settingReferences } from '../../services/resources/set-up/settings.ts'
import { CHART_SECRETS as secrets, fromElsewhere, parseManifests, renderChart, type Manifest } from '../support/helm.ts'
import { PLAIN } from '../support/render-kubernetes.ts'

const MODELS = {
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PodDisruptionBudget,
  PrometheusRule,
  Secret,
  Service,
  ServiceAccount,
  ServiceMonitor,
  StatefulSet
}

const mine = [{ podSelector: { matchLabels: { app: 'mine' } } }]
const alerts = readFileSync(new URL('../../deploy/prometheus/alerts.yaml', import.meta.url), 'utf8')
const VALUE_SETS: Record<string, object> = {
  'the secrets alone': { secrets },
  'one process alone': { oneProcess: true },
  'one process on Postgres': { oneProcess: true, replicas: 1, secrets: { ...secrets, redisUrl: '' } },
  'a secret of somebody else': { secrets: { existingSecret: 'mine' } },
  'secrets that others keep': { extraEnv: ['SLUICE_SECRET_KEY', 'DATABASE_URL', 'REDIS_URL'].map(fromElsewhere) },
  everything: {
    secrets: { ...secrets, adminToken: 'b'.repeat(32), anthropicApiKey: 'sk-ant-key' },
    declarative: { content: 'users: []' },
    settings: { QUEUE_EXTRA: '5', TRUST_PROXY: '10.0.0.0/8' },
    extraEnv: [fromElsewhere('WEBHOOK_SECRET'), { name: 'OIDC_CLIENT_ID', value: 'sluice' }],
    envFrom: [{ configMapRef: { name: 'more' } }],
    caBundle: { existingConfigMap: 'authorities', key: 'bundle.pem' },
    extraVolumes: [{ name: 'socket', emptyDir: {} }],
    extraVolumeMounts: [{ name: 'socket', mountPath: '/run/socket' }],
    admin: { enabled: true },
    ingress: { enabled: true },
    console: { ingress: { enabled: true } },
    autoscaling: { enabled: true },
    serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
    prometheusRule: { enabled: true, alerts },
    journal: { storageClassName: 'fast' },
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { disk: 'ssd' },
    podAnnotations: { note: 'here' }
  }
}

interface Probe {
  httpGet: { path: string; port: string }
  periodSeconds: number
  failureThreshold: number
}

interface Pod {
  terminationGracePeriodSeconds: number
  automountServiceAccountToken: boolean
  securityContext: { runAsNonRoot: boolean; fsGroup: number }
  volumes: { name: string; [source: string]: unknown }[]
  containers: {
    env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; optional?: boolean } } }[]
    envFrom?: object[]
    resources: { requests: { memory: string }; limits: { memory: string } }
    ports: { name: string }[]
    volumeMounts: { name: string; mountPath: string }[]
    securityContext: object
    startupProbe: Probe
    livenessProbe: Probe
    readinessProbe: Probe
  }[]
}

async function render(values: object): Promise<Manifest[]> {
  return parseManifests(await renderChart({ values }))
}

function specOf(manifests: Manifest[], kind: string, name = 'sluice'): unknown {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)
  assert.ok(found !== undefined, `${kind} ${name} is not among the manifests`)
  return found.spec
}

function podOf(manifests: Manifest[]) {
  const { template } = specOf(manifests, 'StatefulSet') as { template: { spec: Pod } }
  const container = template.spec.containers[0]
  assert.ok(container !== undefined)
  return { pod: template.spec, container }
}

function assertValid(manifest: Manifest): void {
  const Model = MODELS[manifest.kind as keyof typeof MODELS]
  assert.ok(Model !== undefined, `no schema for ${manifest.kind}`)
  assert.equal(manifest.apiVersion, Model.apiVersion)
  // The classes differ in what they take, and it is the schema that shall judge.
  new (Model as new (data: object) => { validate: () => void })(manifest).validate()
}

for (const [name, values] of Object.entries(VALUE_SETS)) {
  test(`with ${name}, all manifests are valid and all settings exist`, async () => {
    const manifests = await render(values)
    for (const manifest of manifests) assertValid(manifest)
    // The one that is Node's own.
    const known = new Set([...settingReferences.map((reference) => reference.name), 'NODE_EXTRA_CA_CERTS'])
    const names = podOf(manifests).container.env.map((variable) => variable.name)
    assert.deepEqual(
      names.filter((variable) => !known.has(variable)),
      []
    )
    assert.equal(new Set(names).size, names.length, 'a variable is set twice')
  })
}

test('the schemas refuse what is wrong', () => {
  const wrong = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'x' }, spec: { replicas: 'two' } }
  assert.throws(() => assertValid(wrong))
})

test('with everything on, every kind of object is there', async () => {
  const kinds = new Set((await render(VALUE_SETS['everything']!)).map((manifest) => manifest.kind))
  assert.deepEqual([...kinds].toSorted(), Object.keys(MODELS).toSorted())
})

test('the plain manifests are what the chart makes', async () => {
  const rendered = await renderChart({ valuesFile: PLAIN.values })
  const checkedIn = await readFile(PLAIN.manifests, 'utf8')
  assert.deepEqual(parseManifests(checkedIn), parseManifests(rendered), 'run npm run render:kubernetes')
})

test('a pod is given as long to stop as the process was told it may take, and more', async () => {
  for (const drain of [{}, { delayMs: 1, timeoutMs: 3_600_000, settleMs: 60_000 }]) {
    const { pod, container } = podOf(await render({ secrets, drain }))
    const waits = ['DRAIN_DELAY_MS', 'DRAIN_TIMEOUT_MS', 'SETTLE_DRAIN_MS'].map((name) =>
      Number(container.env.find((variable) => variable.name === name)?.value)
    )
    const totalMs = waits.reduce((sum, waitMs) => sum + waitMs, 0)
    assert.ok(pod.terminationGracePeriodSeconds * 1000 >= totalMs + 5000, `${pod.terminationGracePeriodSeconds} s`)
  }
})

test('a replica writes to its journal volume and /tmp alone, as nobody special', async () => {
  const { pod, container } = podOf(await render({ secrets }))
  assert.equal(pod.automountServiceAccountToken, false)
  assert.equal(pod.securityContext.runAsNonRoot, true)
  assert.deepEqual(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] }
  })
  assert.deepEqual(
    container.volumeMounts.map(({ mountPath }) => mountPath),
    ['/data', '/tmp']
  )
})

test('the admin port is reached by its own Service alone', async () => {
  const manifests = await render(VALUE_SETS['everything']!)
  const ports = (name: string) =>
    (specOf(manifests, 'Service', name) as { ports: { name: string }[] }).ports.map((port) => port.name)
  assert.deepEqual(ports('sluice'), ['http'])
  assert.deepEqual(ports('sluice-admin'), ['admin'])
  const without = await render({ secrets })
  assert.ok(!without.some((manifest) => manifest.metadata.name === 'sluice-admin'))
})

test('who drains is sent nothing new in time, and is not killed for it', async () => {
  const { container } = podOf(await render({ secrets }))
  const { startupProbe, livenessProbe, readinessProbe } = container
  assert.deepEqual(
    [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet),
    ['/livez', '/livez', '/readyz'].map((path) => ({ path, port: 'http' }))
  )
  const noticedMs = readinessProbe.periodSeconds * readinessProbe.failureThreshold * 1000
  const delayMs = Number(container.env.find(({ name }) => name === 'DRAIN_DELAY_MS')?.value)
  assert.ok(noticedMs <= delayMs / 2, `${noticedMs} ms until it is noticed, ${delayMs} ms until the door closes`)
})

test('the ingress leads to what clients need and to what people need for what is their own, and nowhere else', async () => {
  const { rules } = specOf(await render(VALUE_SETS['everything']!), 'Ingress') as {
    rules: { http: { paths: { path: string; pathType: string }[] } }[]
  }
  assert.deepEqual(
    rules.flatMap(({ http }) => http.paths.map(({ path, pathType }) => `${pathType} ${path}`)),
    ['/v1', '/user', '/api', '/oauth', '/managed', '/.well-known/oauth-authorization-server', '/me', '/livez'].map(
      (path) => `Prefix ${path}`
    )
  )
})

test('the console has an ingress of its own, to the admin port but not to its metrics, and knows where it is reached', async () => {
  const manifests = await render(VALUE_SETS['everything']!)
  const { rules } = specOf(manifests, 'Ingress', 'sluice-console') as {
    rules: {
      host: string
      http: { paths: { path: string; backend: { service: { name: string; port: { name: string } } } }[] }
    }[]
  }
  const paths = rules.flatMap(({ http }) => http.paths)
  assert.deepEqual(
    paths.map(({ path }) => path),
    ['/console', '/admin/v1', '/me/v1']
  )
  for (const { backend } of paths) {
    assert.match(backend.service.name, /-admin$/)
    assert.equal(backend.service.port.name, 'admin')
  }
  const { env } = podOf(manifests).container
  assert.equal(env.find(({ name }) => name === 'PUBLIC_URL')?.value, `https://${rules[0]?.host}`)
  const clients = (specOf(manifests, 'Ingress', 'sluice') as { rules: { host: string }[] }).rules[0]?.host
  assert.equal(env.find(({ name }) => name === 'CLIENTS_URL')?.value, `https://${clients}`)
  const policy = specOf(manifests, 'NetworkPolicy') as Policy
  assert.equal(policy.ingress.filter(({ ports }) => ports[0]?.port === 'admin').length, 2, 'the controller reaches it')
})

test('the ingress lets bodies of 32 MiB and long silences pass, buffers nothing and sends nothing twice', async () => {
  const manifests = await render(VALUE_SETS['everything']!)
  const ingress = manifests.find(({ kind, metadata }) => kind === 'Ingress' && metadata.name === 'sluice')
  assert.ok(ingress !== undefined)
  const { annotations } = ingress.metadata as { annotations?: Record<string, string> }
  const annotation = (name: string) => annotations?.[`nginx.ingress.kubernetes.io/${name}`]
  assert.ok(parseInt(annotation('proxy-body-size') ?? '') > 32 && annotation('proxy-body-size')?.endsWith('m'))
  assert.deepEqual([annotation('proxy-buffering'), annotation('proxy-request-buffering')], ['off', 'off'])
  const silence = settingReferences.find(({ name }) => name === 'UPSTREAM_HEADERS_TIMEOUT_MS')
  for (const name of ['proxy-read-timeout', 'proxy-send-timeout']) {
    // A request that is not streamed may be answered after its client's own x-stainless-timeout.
    assert.ok(Number(annotation(name)) * 1000 >= 10 * Number(silence?.default), `${name}: ${annotation(name)}`)
  }
  assert.equal(annotation('proxy-next-upstream'), 'error')
})

test('an autoscaled StatefulSet leaves the number of replicas to the autoscaler', async () => {
  const manifests = await render({ secrets, autoscaling: { enabled: true } })
  assert.ok(!('replicas' in (specOf(manifests, 'StatefulSet') as object)))
})

test('one process needs nothing else: one replica that finds no secrets and makes its own', async () => {
  const manifests = await render({ oneProcess: true })
  assert.equal((specOf(manifests, 'StatefulSet') as { replicas: number }).replicas, 1)
  const { env } = podOf(manifests).container
  assert.ok(!env.some(({ name }) => name === 'REDIS_URL'))
  const needed = env.filter(({ valueFrom }) => valueFrom !== undefined && valueFrom.secretKeyRef.optional !== true)
  assert.deepEqual(needed, [])
})

test('there are two replicas, or as many as are asked for', async () => {
  for (const [values, count] of [
    [{ secrets }, 2],
    [{ secrets, replicas: 5 }, 5],
    [{ secrets, replicas: 0 }, 0],
    [{ oneProcess: true, replicas: 0 }, 0]
  ] as const) {
    assert.equal((specOf(await render(values), 'StatefulSet') as { replicas: number }).replicas, count)
  }
})

test('a secret that a variable brings from elsewhere is not looked for in the Secret of the chart', async () => {
  const { env } = podOf(await render(VALUE_SETS['secrets that others keep']!)).container
  const sources = new Map(env.map(({ name, valueFrom }) => [name, valueFrom?.secretKeyRef.name]))
  assert.deepEqual([sources.get('DATABASE_URL'), sources.get('SLUICE_ADMIN_TOKEN')], ['elsewhere', 'sluice'])
})

test('variables, volumes and authorities of the operator are in the pod', async () => {
  const { pod, container } = podOf(await render(VALUE_SETS['everything']!))
  const value = (name: string) => container.env.find((variable) => variable.name === name)?.value
  assert.equal(value('OIDC_CLIENT_ID'), 'sluice')
  assert.deepEqual(container.envFrom, [{ configMapRef: { name: 'more' } }])
  assert.deepEqual(
    pod.volumes.find(({ name }) => name === 'socket'),
    { name: 'socket', emptyDir: {} }
  )
  assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === '/run/socket'))
  const bundle = pod.volumes.find(({ name }) => name === 'ca-bundle')
  assert.deepEqual(bundle?.configMap, { name: 'authorities', items: [{ key: 'bundle.pem', path: 'ca.crt' }] })
  const mount = container.volumeMounts.find(({ name }) => name === 'ca-bundle')
  assert.equal(value('NODE_EXTRA_CA_CERTS'), `${mount?.mountPath}/ca.crt`)
})

interface Policy {
  ingress: { from: object[]; ports: { port: string }[] }[]
  egress: { to?: object[]; ports: { port: number; protocol: string }[] }[]
}

test('the policy lets in whom its values name, and names be looked up where they say', async () => {
  const inNamespace = (name: string) => [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }]
  const admin = { enabled: true }
  const dns = { namespace: 'openshift-dns', port: 5353 }
  for (const [networkPolicy, from, scrapes, to, port] of [
    [{}, inNamespace('ingress-nginx'), inNamespace('monitoring'), inNamespace('kube-system'), 53],
    [
      { ingressNamespace: 'traefik', prometheusNamespace: 'metrics', dns },
      inNamespace('traefik'),
      inNamespace('metrics'),
      inNamespace('openshift-dns'),
      5353
    ],
    [{ ingressFrom: mine, prometheusFrom: mine, dns: { to: mine } }, mine, mine, mine, 53],
    [{ dns: { namespace: '' } }, inNamespace('ingress-nginx'), inNamespace('monitoring'), undefined, 53]
  ] as const) {
    const manifests = await render({ secrets, admin, networkPolicy })
    for (const manifest of manifests) assertValid(manifest)
    const { ingress, egress } = specOf(manifests, 'NetworkPolicy') as Policy
    assert.deepEqual(
      ingress.map((rule) => [rule.from, rule.ports[0]?.port]),
      [
        [from, 'http'],
        [scrapes, 'admin']
      ]
    )
    const lookUps = egress.find(({ ports }) => ports.some(({ protocol }) => protocol === 'UDP'))
    assert.deepEqual(lookUps?.to, to)
    assert.deepEqual(
      lookUps?.ports.map((entry) => entry.port),
      [port, port]
    )
  }
})

test('a pod has room for all the bodies that it may hold, beside what it takes at rest', async () => {
  const { resources } = podOf(await render({ secrets })).container
  const bodies = settingReferences.find(({ name }) => name === 'MAX_BUFFERED_BYTES')?.default
  const mebibytes = (text?: string | null) => Number(/^(\d+)Mi/.exec(text ?? '')?.[1])
  // Measured: up to 180 MiB at rest or in an outage.
  assert.ok(mebibytes(resources.requests.memory) >= 180)
  assert.ok(mebibytes(resources.limits.memory) >= mebibytes(bodies) + mebibytes(resources.requests.memory))
})
