import { readFile } from 'node:fs/promises'
import type { Clock } from '../../platform/clock.ts'
import { hostRulesOf } from '../../platform/network/host-rules.ts'
import { reachThrough } from '../../gateway/forwarding/proxy-check.ts'
import { createUpstreamPools } from '../../gateway/forwarding/upstream-pools.ts'
import { parseDeclarativeFile } from '../../resources/set-up/declarative-file.ts'
import { readSecretKeys } from '../../platform/secret-key-file.ts'
import { misnamedSettings, type MisnamedSetting } from '../../resources/set-up/misnamed-settings.ts'
import { readSettings, SettingsError, type Settings } from '../../resources/set-up/settings.ts'
import { connectRedis } from '../../gateway/slots/redis-client.ts'
import { examineSkew } from './examine-clock.ts'
import { examineEmbedded, examinePostgres, type Running } from './examine-database.ts'
import { examineDataDir, examinePort } from './examine-machine.ts'
import { fileProblem } from '../../platform/file-problem.ts'
import { wordsOf } from '../../platform/error-words.ts'
import { fine, wrong, type Finding } from './findings.ts'

interface ExamineOptions {
  clock: Clock
  /** For each thing that is asked over the network. */
  timeoutMs: number
  /** What the server on a data folder says, where only that can read its database. */
  askRunning: (settings: Settings) => Promise<Running>
}

/** Looks at all that a server with these environment variables would need. Changes nothing. */
export async function examine(env: NodeJS.ProcessEnv, options: ExamineOptions): Promise<Finding[]> {
  let settings: Settings
  try {
    settings = readSettings(env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    return error.problems.map((problem) => wrong('settings', problem, 'correct it in the environment or in .env'))
  }
  const { databaseUrl, redisUrls, dataDir, journalMaxBytes, host, port, configFile } = settings
  const dataFolder = await examineDataDir(dataDir, journalMaxBytes)
  return [
    fine('settings', 'can be read'),
    ...misnamedSettings(env).map(examineMisnamed),
    ...(settings.adminToken === null ? [fine('admin token', 'none: only this machine can use the admin API')] : []),
    ...dataFolder,
    ...(databaseUrl !== null || dataFolder.every(({ ok }) => ok) ? await examineDatabase(settings, options) : []),
    ...(redisUrls === null ? [] : [await examineRedis(redisUrls, options)]),
    ...(dataFolder.every(({ ok }) => ok) ? [await examinePort(dataDir, host, port)] : []),
    ...(configFile === null ? [] : [await examineFile(configFile, env)]),
    ...(await examineUpstream(settings, options))
  ]
}

const examineMisnamed = ({ name, meant }: MisnamedSetting) =>
  wrong('settings', `${name} is no setting and has no effect`, `did you mean ${meant}? Rename it, or unset it`)

async function examineDatabase(settings: Settings, { askRunning, ...options }: ExamineOptions): Promise<Finding[]> {
  const { databaseUrl, dataDir, secretKeys, configFile, anthropicApiKey } = settings
  const madeOf = configFile !== null ? ('file' as const) : anthropicApiKey !== null ? ('key' as const) : null
  const looked = { ...options, madeOf, askRunning: () => askRunning(settings) }
  if (databaseUrl !== null) return await examinePostgres(databaseUrl, { ...looked, secretKeys: secretKeys ?? [] })
  return await examineEmbedded(dataDir, { ...looked, secretKeys: secretKeys ?? readSecretKeys(dataDir) ?? [] })
}

async function examineRedis(urls: readonly string[], { clock, timeoutMs }: ExamineOptions): Promise<Finding> {
  const faults: Error[] = []
  const connection = connectRedis({
    urls,
    connectTimeoutMs: timeoutMs,
    commandTimeoutMs: timeoutMs,
    onFault: (error) => void faults.push(error)
  })
  try {
    await connection.connected(clock, timeoutMs)
    await connection.redis.ping()
    return fine('redis', 'answers')
  } catch (error) {
    return wrong('redis', `cannot be used: ${wordsOf(faults[0] ?? error)}`, 'start Redis, or correct REDIS_URL')
  } finally {
    connection.close()
  }
}

async function examineFile(path: string, env: NodeJS.ProcessEnv): Promise<Finding> {
  try {
    parseDeclarativeFile(await readFile(path, 'utf8'), { fileName: path, variables: env })
    return fine('declarative file', 'can be read')
  } catch (error) {
    const isRead = (error as NodeJS.ErrnoException).code === undefined
    const message = isRead ? wordsOf(error) : `${path} cannot be read: ${fileProblem(error)}`
    return wrong('declarative file', message, 'correct the file, or SLUICE_CONFIG (docs/declarative-file.md)')
  }
}

/** Any response will do: without a credential there can be none that is good. */
async function examineUpstream(settings: Settings, { clock, timeoutMs }: ExamineOptions): Promise<Finding[]> {
  const { anthropicBaseUrl: baseUrl } = settings
  const pools = createUpstreamPools({ connectTimeoutMs: timeoutMs, clock, hosts: hostRulesOf(settings) })
  try {
    const { date } = await reachThrough(pools.dispatcherFor(new URL(baseUrl).origin, null), baseUrl, { timeoutMs, clock })
    return [
      fine('upstream', `${baseUrl} answers`),
      ...(date === null ? [] : [examineSkew(Date.parse(date) - clock.now(), 'upstream')])
    ]
  } catch (error) {
    const remedy = 'let this machine reach it, correct ANTHROPIC_BASE_URL, or give each account a proxy'
    return [wrong('upstream', `${baseUrl} cannot be reached: ${wordsOf(error)}`, remedy)]
  } finally {
    await pools.close()
  }
}
