import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { Interrupted, UsageError } from './failures.ts'

/** The first line of standard input: see readSecrets. Throws UsageError where there is none, with `what` it is to be. */
export async function readSecret(question: string, what: string): Promise<string> {
  const [answer = ''] = await readSecrets([question])
  return given(answer, what)
}

/** The same of one that is made up now: at a terminal, where nobody sees what they type, it is asked for twice. */
export async function readNewSecret(question: string, what: string): Promise<string> {
  if (!process.stdin.isTTY) return await readSecret(question, what)
  const [first = '', again] = await readSecrets([question, 'The same once more'])
  if (first !== again) throw new UsageError('the two entries differ: nothing has changed')
  return given(first, what)
}

function given(answer: string, what: string): string {
  if (answer === '') throw new UsageError(`no ${what} was given: type it, or pipe it to standard input`)
  return answer
}

/**
 * The first lines of standard input, one for each question, '' where there is none. At a terminal each after its question, which
 * goes to stderr so that the output stays clean; what is typed is not shown. Ctrl-C is Interrupted.
 */
export async function readSecrets(questions: readonly string[]): Promise<string[]> {
  const { stdin, stderr } = process
  const isTerminal = stdin.isTTY
  // At a terminal readline edits the line and echoes what it edits: here that goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: isTerminal })
  const typed = lines[Symbol.asyncIterator]()
  let isGivenUp = false
  lines.on('SIGINT', () => {
    isGivenUp = true
    lines.close()
  })
  const answers: string[] = []
  try {
    for (const question of questions) {
      if (isTerminal) stderr.write(`${question} (not shown): `)
      const line = await typed.next()
      if (isTerminal) stderr.write('\n')
      if (isGivenUp) throw new Interrupted('cancelled: nothing has changed')
      answers.push(line.done === true ? '' : line.value.trim())
    }
    return answers
  } finally {
    lines.close()
  }
}
