import { scimRefused } from './refusals.ts'

/** An attribute and the value it must have. */
export interface Equality {
  /** In lower case, without its schema. */
  attribute: string
  value: string | boolean
}

const LONGEST = 1000
const MOST_CLAUSES = 10

/** An attribute's normalized name: in lower case, without the schema of users or groups before it. */
export const plainAttribute = (name: string): string =>
  name.replace(/^urn:ietf:params:scim:schemas:core:2\.0:\w+:/i, '').toLowerCase()

const CLAUSE = /^\s*([A-Za-z][\w.:$-]{0,200})\s+(\w+)\s+("(?:[^"\\]|\\.)*"|true|false|-?\d{1,18})(?=\s|$)/i
const AND = /^\s+and(?=\s+\S)/i

const refused = (problem: string) =>
  scimRefused(
    'invalidFilter',
    `the filter ${problem}: what is understood is attribute eq "value", or several with and between them`
  )

/** Reads `a eq "x" and b eq "y"`, which is all that providers use. Throws 400. */
export function parseFilter(text: string): Equality[] {
  if (text.length > LONGEST) throw refused(`has more than ${LONGEST} characters`)
  const clauses: Equality[] = []
  let rest = text
  for (;;) {
    const [clause, name = '', operator = '', literal = ''] = CLAUSE.exec(rest) ?? []
    if (clause === undefined) throw refused('is not understood')
    if (operator.toLowerCase() !== 'eq') throw refused(`has the operator ${operator}`)
    if (clauses.length === MOST_CLAUSES) throw refused(`has more than ${MOST_CLAUSES} parts`)
    clauses.push({ attribute: plainAttribute(name), value: valueOf(literal) })
    rest = rest.slice(clause.length).trimEnd()
    if (rest === '') return clauses
    const [and] = AND.exec(rest) ?? []
    if (and === undefined) throw refused('is not understood')
    rest = rest.slice(and.length)
  }
}

function valueOf(literal: string): string | boolean {
  if (!literal.startsWith('"')) return /^(?:true|false)$/i.test(literal) ? literal.toLowerCase() === 'true' : literal
  try {
    return JSON.parse(literal) as string
  } catch {
    throw refused('has a text that is no JSON text')
  }
}
