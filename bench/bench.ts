/**
 * `npm run bench`: what Sluice costs beside the floor (bench/floor.ts), on this machine, in one interleaved run.
 *
 *     node bench/bench.ts [--quick] [--only json-2k,paced-200] [--subjects direct,floor,sluice,replica] [--rounds 5] [--json FILE]
 *
 * The gateway under test is pinned to one core, load and upstream to another. Each round runs all subjects one after another
 * (A B C A B C …); a ratio is taken within a round, and its median told with its smallest and largest; the subject `floor-again`
 * shows how much of a ratio is noise. CPU is all threads of the
 * gateway's process and its children, user and system, with what they do after the responses.
 */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Job, JobResult } from './load.ts'
import { readOptions, refuseOptions } from './options.ts'
import { canPin, firstLine, LOAD_CORE, pinSelf, spawnNode, stopProcess } from './processes.ts'
import { formatScenario, report } from './report.ts'
import type { ScenarioReport } from './report.ts'
import { scenarios } from './scenarios.ts'
import type { Round, Scenario, World } from './scenarios.ts'
import { replica, sluice } from './sluice.ts'
import { direct, floor, floorAgain } from './subjects.ts'
import type { RunningSubject, Subject } from './subjects.ts'

const ALL_SUBJECTS = [direct, floor, sluice, replica, floorAgain]
const namesOf = (all: readonly { name: string }[]) => all.map(({ name }) => name).join(', ')

const values = readOptions(
  `Usage: npm run bench -- [options]

Measures what Sluice costs beside a bare proxy, on this machine; takes about 10 minutes, and needs Linux.

  --quick           fewer and shorter rounds
  --only NAMES      only these scenarios: ${namesOf(scenarios)}
  --subjects NAMES  only these: ${namesOf(ALL_SUBJECTS)}
  --rounds N        so many rounds of each scenario
  --json FILE       write the figures to a file, too`,
  {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    subjects: { type: 'string', default: 'direct,floor,sluice,replica' },
    rounds: { type: 'string' },
    json: { type: 'string' }
  }
)

const givenRounds = values.rounds === undefined ? null : Number(values.rounds)
if (givenRounds !== null && !(Number.isInteger(givenRounds) && givenRounds > 0))
  refuseOptions(`--rounds must be a number, not '${values.rounds}'`)

/** The load takes one job at a time and answers each with a line. */
function createLoad(child: ChildProcess): (job: Job) => Promise<JobResult> {
  const lines = createInterface({ input: child.stdout as Readable })
  return async (job) => {
    const reply = once(lines, 'line')
    child.stdin?.write(`${JSON.stringify(job)}\n`)
    const [line] = (await reply) as [string]
    return JSON.parse(line) as JobResult
  }
}

/** Fails where a subject does not hand the upstream's response through, since its figures would mean nothing. */
async function checkPassesThrough(subject: RunningSubject, upstreamUrl: string): Promise<void> {
  const ask = async (url: string, response: string) => {
    const body = JSON.stringify({
      model: 'claude-sonnet-5-5',
      max_tokens: 10,
      messages: [{ role: 'user', content: 'hello' }],
      ...(response === 'burst' && { stream: true })
    })
    const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', ...subject.headers }
    return await (await fetch(`${url}/v1/messages?bench=${response}`, { method: 'POST', headers, body })).text()
  }
  for (const response of ['json', 'burst']) {
    const expected = await ask(upstreamUrl, response)
    const got = await ask(subject.url, response)
    if (got !== expected) throw new Error(`${subject.url} changed the ${response} response: ${got.slice(0, 300)}`)
  }
}

async function runScenario(
  scenario: Scenario,
  subjects: Subject[],
  running: Map<string, RunningSubject>,
  world: World,
  upstreamUrl: string
): Promise<ScenarioReport> {
  const taking = subjects.filter((subject) => !scenario.skip(subject))
  const rounds = new Map<string, Round[]>(taking.map((subject) => [subject.name, []]))
  const count = givenRounds ?? (values.quick ? 2 : scenario.rounds)
  if (!scenario.fresh) {
    for (const subject of taking) await scenario.warmUp(world, ofName(running, subject.name))
  }
  for (let round = 0; round < count; round++) {
    for (const subject of taking) {
      const fresh = scenario.fresh ? await subject.start(upstreamUrl) : null
      try {
        if (fresh !== null) await scenario.warmUp(world, fresh)
        rounds.get(subject.name)?.push(await scenario.round(world, fresh ?? ofName(running, subject.name)))
      } finally {
        await fresh?.stop()
      }
    }
  }
  return report(scenario, rounds, subjects)
}

function ofName(running: Map<string, RunningSubject>, name: string): RunningSubject {
  const subject = running.get(name)
  if (subject === undefined) throw new Error(`${name} is not running`)
  return subject
}

function chosen<T extends { name: string }>(all: T[], names: string | undefined): T[] {
  if (names === undefined) return all
  return names.split(',').map((name) => {
    const found = all.find((candidate) => candidate.name === name)
    if (found === undefined) return refuseOptions(`there is no ${name}, only ${namesOf(all)}`)
    return found
  })
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('the bench reads CPU and memory from /proc: it needs Linux')
  const picked = chosen(scenarios, values.only)
  const subjects = chosen(ALL_SUBJECTS, values.subjects)
  pinSelf()
  const upstream = spawnNode('upstream.ts', { core: LOAD_CORE })
  const upstreamUrl = await firstLine(upstream)
  const loadProcess = spawnNode('load.ts', { core: LOAD_CORE, stdin: 'pipe' })
  const world: World = {
    load: createLoad(loadProcess),
    loadPid: loadProcess.pid ?? 0,
    upstreamPid: upstream.pid ?? 0,
    seconds: values.quick ? 0.7 : 2,
    holdSeconds: values.quick ? 2 : 4,
    coldSeconds: values.quick ? 10 : 60
  }
  const running = new Map<string, RunningSubject>()
  const reports: ScenarioReport[] = []
  try {
    const machine = { cpu: cpus()[0]?.model ?? '', cores: cpus().length, node: process.version, isPinned: canPin }
    console.log(`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}${canPin ? '' : ' — NOT pinned to cores'}\n`)
    for (const subject of subjects) {
      const started = await subject.start(upstreamUrl)
      running.set(subject.name, started)
      await checkPassesThrough(started, upstreamUrl)
    }
    for (const scenario of picked) {
      const done = await runScenario(scenario, subjects, running, world, upstreamUrl)
      reports.push(done)
      console.log(formatScenario(done))
    }
    if (values.json !== undefined) {
      await writeFile(values.json, `${JSON.stringify({ at: new Date().toISOString(), machine, reports }, null, 2)}\n`)
    }
  } finally {
    for (const subject of running.values()) await subject.stop()
    await Promise.all([stopProcess(loadProcess), stopProcess(upstream)])
  }
}

await main()
