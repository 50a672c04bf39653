import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { availableParallelism, tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { cpuMs, processTree, residentBytes, spread } from '../../bench/measure.ts'
import { firstLine, LOAD_CORE, spawnNode, stopProcess } from '../../bench/processes.ts'
import { formatScenario, report } from '../../bench/report.ts'
import { requestBody } from '../../bench/request-body.ts'
import type { Scenario } from '../../bench/scenarios.ts'
import { floor } from '../../bench/subjects.ts'

test('request bodies are valid JSON of the asked size', () => {
  for (const bytes of [2_000, 100_000, 1_000_000]) {
    const body = requestBody(bytes, true)
    const request = JSON.parse(body.toString()) as { stream: boolean; messages: unknown[] }
    assert.equal(request.stream, true)
    assert.ok(Math.abs(body.length - bytes) < bytes * 0.02, `${body.length} for ${bytes}`)
  }
  assert.equal('stream' in (JSON.parse(requestBody(2_000, false).toString()) as object), false)
})

test('each of the long runs has help, and refuses what it does not know without a stack', async () => {
  const run = promisify(execFile)
  const scripts = [
    ['bench/bench.ts', '--only NAMES'],
    ['bench/usage-summary.ts', 'BENCH_EVENTS'],
    ['bench/console.ts', '--only PATH'],
    ['test/soak/soak.ts', 'SOAK_SEED']
  ] as const
  for (const [script, option] of scripts) {
    const { stdout } = await run(process.execPath, [script, '--help'])
    assert.ok(stdout.startsWith('Usage: npm run ') && stdout.includes(option), stdout)
    const refusal = await refused(run(process.execPath, [script, '--what']))
    assert.match(refusal, /^Unknown option '--what'/)
    assert.ok(refusal.includes(stdout.trim()), refusal)
  }
  assert.match(
    await refused(run(process.execPath, ['bench/bench.ts', '--only', 'nothing'])),
    /^there is no nothing, only start, /
  )
  assert.match(
    await refused(run(process.execPath, ['bench/bench.ts', '--rounds', 'x'])),
    /^--rounds must be a number, not 'x'\n$/
  )
})

async function refused(running: Promise<unknown>): Promise<string> {
  const error = await running.then(
    () => assert.fail('it ran'),
    (error: unknown) => error
  )
  const { code, stderr } = error as { code: number; stderr: string }
  assert.equal(code, 2)
  assert.ok(!stderr.includes('    at '), stderr)
  return stderr
}

const scenario: Scenario = {
  name: 'any',
  title: 'any',
  figures: [{ name: 'CPU', unit: 'ms', compare: 'ratio', target: 1.5 }],
  fresh: false,
  rounds: 3,
  skip: () => false,
  warmUp: () => Promise.resolve(),
  round: () => Promise.reject(new Error('not run'))
}
const rounds = (values: number[]) =>
  values.map((value) => ({ figures: { CPU: value }, errors: 0, busy: { gateway: 0.5, loadCore: 0.5 } }))

test('a ratio is taken within a round, and judged by its median', () => {
  const measured = new Map([
    ['floor', rounds([1, 2, 4])],
    ['sluice', rounds([1.2, 2.8, 8])]
  ])
  const told = report(scenario, measured)
  const figure = told.subjects[1]?.figures[0]
  assert.deepEqual(figure?.against, { kind: 'ratio', to: 'floor', value: { median: 1.4, min: 1.2, max: 2 } })
  assert.equal(figure?.isGood, true)
  assert.match(formatScenario(told), /1\.40× floor \(1\.20–2\.00\) +≤ 1\.5× ok/)
  measured.set('sluice', rounds([1.2, 3.2, 8]))
  assert.match(formatScenario(report(scenario, measured)), /MISSED/)
})

test('what is added to the floor, and what stands alone, are judged by their own targets', () => {
  const figures: Scenario['figures'] = [
    { name: 'CPU', unit: 'ms', compare: 'difference', target: 0.7 },
    { name: 'memory', unit: 'MB', compare: 'none', target: 160 }
  ]
  const withMemory = (values: number[], memory: number) =>
    rounds(values).map((round) => ({ ...round, figures: { ...round.figures, memory } }))
  const told = report(
    { ...scenario, figures },
    new Map([
      ['floor', withMemory([1, 2, 3], 200)],
      ['sluice', withMemory([1.5, 2.75, 3.5], 161)]
    ])
  )
  assert.deepEqual(
    told.subjects[0]?.figures.map(({ target }) => target),
    [null, null]
  )
  const [added, memory] = told.subjects[1]?.figures ?? []
  assert.deepEqual(added?.against, { kind: 'difference', to: 'floor', value: { median: 0.5, min: 0.5, max: 0.75 } })
  assert.deepEqual([added?.isGood, memory?.isGood], [true, false])
  assert.match(formatScenario(told), /\+0\.50 ms on floor .*≤ 0\.7 ms ok\n.*≤ 160 MB MISSED/)
})

test('the median of an even number of rounds lies between the two in the middle', () => {
  assert.deepEqual(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 })
})

// From /proc, as the bench does; nothing else of it needs Linux.
if (process.platform === 'linux') {
  test('CPU time and memory of a process are read', async () => {
    const before = await cpuMs(process.pid)
    const from = performance.now()
    while (performance.now() - from < 50) Math.sqrt(from)
    const used = (await cpuMs(process.pid)) - before
    assert.ok(used > 10 && used < 500, `${used} ms`)
    assert.ok((await residentBytes(process.pid)) > 10_000_000)
  })

  test('what a process has started counts with it, also when it has ended', async (t) => {
    const script = 'const from = Date.now(); while (Date.now() - from < 200); process.stdout.write("."); process.stdin.resume()'
    const child = spawn(process.execPath, ['--eval', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    t.after(() => child.kill())
    const alone = await residentBytes(process.pid)
    await once(child.stdout, 'data')
    assert.ok((await processTree(process.pid)).includes(child.pid ?? 0))
    assert.ok((await residentBytes(process.pid)) > alone + 5_000_000)
    const running = await cpuMs(process.pid)
    child.stdin.end()
    await once(child, 'exit')
    // What has ended is counted in ticks, each rounded down.
    assert.ok((await cpuMs(process.pid)) > running - 50)
  })
}

// Where there is one core only, nothing is moved.
if (process.platform === 'linux' && availableParallelism() > 1) {
  test('the bench is moved to its core also when one of its threads ends meanwhile', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-test-bench-'))
    t.after(() => rm(folder, { recursive: true, force: true }))
    const calls = join(folder, 'calls')
    const program = join(folder, 'taskset')
    // As the real one does then, it fails at the first try.
    const lines = ['#!/bin/sh', `case "$1" in -a) echo "$@" >>'${calls}'; [ "$(wc -l <'${calls}')" -gt 1 ];; esac`]
    await writeFile(program, `${lines.join('\n')}\n`)
    await chmod(program, 0o755)
    const processes = new URL('../../bench/processes.ts', import.meta.url).href
    const script = `const { pinSelf } = await import(${JSON.stringify(processes)}); pinSelf()`
    const env = { ...process.env, PATH: [folder, process.env.PATH].join(delimiter) }
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { env })
    assert.match(await readFile(calls, 'utf8'), /^(-a -c -p 1 \d+\n){2}$/)
  })
}

test('the floor hands requests and responses through, chunked ones too', async (t) => {
  const upstream = spawnNode('upstream.ts', { core: LOAD_CORE })
  t.after(() => stopProcess(upstream))
  const upstreamUrl = await firstLine(upstream)
  const running = await floor.start(upstreamUrl)
  t.after(() => running.stop())
  const ask = async (url: string, response: string, body: string | ReadableStream<Uint8Array>) =>
    await (await fetch(`${url}/v1/messages?bench=${response}`, { method: 'POST', body, duplex: 'half' })).text()
  const burst = await ask(upstreamUrl, 'burst', 'x')
  assert.equal(burst.split('\n\n').length - 1, 100)
  assert.equal(await ask(running.url, 'burst', 'x'.repeat(1_000_000)), burst)
  const chunked = new Blob(['y'.repeat(300_000)]).stream()
  assert.match(await ask(running.url, 'json', chunked), /"output_tokens":20/)
})

test('the canned upstream paces events until the other side leaves', async (t) => {
  const upstream = spawnNode('upstream.ts', { core: LOAD_CORE })
  t.after(() => stopProcess(upstream))
  const { hostname, port } = new URL(await firstLine(upstream))
  const socket = connect(Number(port), hostname)
  t.after(() => socket.destroy())
  socket.write('POST /v1/messages?bench=paced HTTP/1.1\r\ncontent-le')
  socket.write('ngth: 2\r\n\r\n{}')
  let text = ''
  const from = performance.now()
  while (text.split('content_block_delta"').length < 4) text += String((await once(socket, 'data'))[0])
  assert.ok(performance.now() - from > 90)
})
