import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { OperationError } from './failures.ts'

/**
 * The first line of standard input, '' when there is none. At a terminal after a question, which goes to stderr so that the
 * output stays clean; what is typed is not shown. Ctrl-C is an OperationError.
 */
export async function readSecret(question: string): Promise<string> {
  const { stdin, stderr } = process
  const isTerminal = stdin.isTTY
  if (isTerminal) stderr.write(`${question} (not shown): `)
  // At a terminal readline edits the line and echoes what it edits: here that goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: isTerminal })
  const ended = new AbortController()
  lines.on('SIGINT', () => ended.abort()).on('close', () => setImmediate(() => ended.abort(END_OF_INPUT)))
  try {
    const [line] = (await once(lines, 'line', { signal: ended.signal })) as [string]
    return line.trim()
  } catch (error) {
    if (ended.signal.reason === END_OF_INPUT) return ''
    throw new OperationError('given up: nothing has changed', { cause: error })
  } finally {
    if (isTerminal) stderr.write('\n')
    lines.close()
  }
}

/** Why a wait for a line was broken off. */
const END_OF_INPUT = Symbol('end of input')
