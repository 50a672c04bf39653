import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { counted } from '../../../services/platform/counted.ts'
import { fileProblem } from '../../../services/platform/file-problem.ts'

test('one thing is not several', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => counted(count, 'event')),
    ['0 events', '1 event', '2 events']
  )
  assert.deepEqual([counted(1, 'entry', 'entries'), counted(2, 'entry', 'entries')], ['1 entry', '2 entries'])
})

test('why a file cannot be read is said without its path and without a code', () => {
  const problemOf = (path: string) => {
    try {
      readFileSync(path)
    } catch (error) {
      return fileProblem(error)
    }
    return null
  }
  assert.equal(problemOf('/there/is/none'), 'no such file or folder')
  assert.equal(problemOf(tmpdir()), 'it is a folder')
  assert.equal(problemOf('/dev/null/x'), 'a part of its path is not a folder')
  assert.equal(fileProblem(new Error('it is damaged')), 'it is damaged')
})
