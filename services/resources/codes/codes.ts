import { randomBytes } from 'node:crypto'
import { conflict, withOperatorLock, record, type OperatorContext } from '../admin/operator-changes.ts'
import { wantedValues, type Values } from '../definition.ts'
import { refusePassedEnds, withTimes } from '../given-times.ts'
import { type Target, actOn } from '../operate.ts'
import { instantProblems, refusal, type FieldProblem } from '../problems.ts'
import type { Resource } from '../resource.ts'
import { assignmentsOf, findRows, insertRows, updateRow, type Row } from '../rows.ts'
import { subscribableGroupId } from '../subscriptions/subscriptions.ts'
import { newCode } from './code-text.ts'
import { codes } from './definition.ts'

const GOOD_FOR: Record<string, readonly string[]> = { balance: ['amount_usd'], subscription: ['group', 'days'] }

/** Codes that are redeemed once, for balance or days of a subscription. */
export const codeResource: Resource<typeof codes> = {
  definition: codes,
  problems({ path, value }) {
    const problems: FieldProblem[] = instantProblems({ path, value }, 'expires_at')
    const { kind } = value
    if (typeof kind !== 'string') return problems
    for (const field of Object.values(GOOD_FOR).flat()) {
      const isWanted = GOOD_FOR[kind]?.includes(field) === true
      if (isWanted !== (value[field] === undefined)) continue
      problems.push({ path: [...path, field], text: isWanted ? 'is missing' : `is not for codes of kind ${kind}` })
    }
    return problems
  },
  refuseChange(row) {
    refuseRedeemed(row)
    if (row['revoked_at'] !== null) throw conflict(`code ${codes.nameOf(row)} is revoked: create a new one`)
  }
}

/** Creates codes and records that, in one transaction; only the caller knows their texts. Rejects with 400. */
export async function addCodes(context: OperatorContext, given: Values): Promise<{ code: string; row: Row }[]> {
  const now = context.clock.now()
  const entry = withTimes(codes, given, now)
  const problems = codeResource.problems?.({ path: [], value: entry }) ?? []
  if (problems.length > 0) throw refusal(problems)
  refusePassedEnds(codes, entry, now)
  const wanted = wantedValues(codes, entry, undefined)
  const made = Array.from({ length: Number(wanted['count']) }, () => newCode(randomBytes))
  return await withOperatorLock(context, async (db) => {
    if (typeof wanted['group'] === 'string') await subscribableGroupId(db, wanted['group'])
    const ids = await insertRows(
      db,
      codes,
      made.map((code) => assignmentsOf(codes, { ...wanted, code }))
    )
    const rows = await findRows(db, codes, ids)
    const subject = rows.length === 1 ? `code ${made[0]?.hint}` : `${rows.length} codes`
    await record(db, context, 'codes.created', subject, { after: rows.map(withoutNulls) })
    return rows.map((row, index) => ({ code: made[index]?.text ?? '', row }))
  })
}

const withoutNulls = (row: Row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))

/** Rejects with 409 for a code that was redeemed. */
export async function revokeCode(context: OperatorContext, target: Target): Promise<Row> {
  return await actOn(context, codeResource, target, 'revoked', async (db, before) => {
    refuseRedeemed(before)
    if (before['revoked_at'] !== null) return
    await updateRow(db, codes, target.id, [{ column: 'revoked_at', value: new Date(context.clock.now()) }])
  })
}

function refuseRedeemed(row: Row): void {
  if (row['redeemed_at'] !== null) throw conflict(`code ${codes.nameOf(row)} was already redeemed`)
}
