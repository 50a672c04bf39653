import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stoppableProcess } from './stoppable-process.ts'

test('a server that ends before it is up fails its start, and is not waited for when it is stopped', async () => {
  const server = stoppableProcess(process.execPath, ['-e', 'process.exit(1)'], {
    signal: 'SIGKILL',
    isUp: () => new Promise(() => {})
  })
  await assert.rejects(server.start(), { message: `${process.execPath} has ended before it was up` })
  await server.stop()
})
