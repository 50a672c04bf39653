import { writeSync } from 'node:fs'
import { closedRecord, openedRecord, openTestJournal, sentRecord } from './journal-fixtures.ts'

/** Writes attempts to the journal in the folder it is given, and says each step on its output once it is journaled, until killed. */
const [dir = ''] = process.argv.slice(2)
const journal = openTestJournal(dir, { segmentBytes: 100_000, syncIntervalMs: 5 })
const say = (step: string, id: string) => writeSync(1, `${step} ${id}\n`)

for (let index = 0; ; index++) {
  const id = `attempt-${index}`
  journal.append(sentRecord(id))
  say('sent', id)
  journal.append(openedRecord(id, index))
  say('opened', id)
  journal.append(closedRecord(id, index))
  say('closed', id)
  journal.finish(id)
  // Lets the background sync run too.
  if (index % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
}
