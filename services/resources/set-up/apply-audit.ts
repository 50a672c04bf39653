import { appendAudit, type AuditOrigin } from '../records/audit-log.ts'
import type { Queryable } from '../../platform/database/queryable.ts'
import { declaredFields, textsOf } from '../definition.ts'
import { definitionOf } from '../definitions.ts'
import type { Plan, PlannedStep } from './apply-plan.ts'
import { headersText } from '../accounts/states.ts'

/** Records what was done of a plan, one entry per row, in the terms of the declarative file and without secrets. */
export async function recordSteps(
  db: Queryable,
  { steps }: Plan,
  entry: { at: number; actor: string; origin: AuditOrigin | null }
): Promise<void> {
  for (const step of steps) {
    if (step.action === 'unchanged') continue
    const action = `${step.kind}.${step.action === 'create' ? 'created' : 'changed'}`
    const detail = step.action === 'create' ? { after: createdFields(step) } : changedFields(step)
    await appendAudit(db, { ...entry, action, subject: `${step.kind} ${step.name}`, detail, exchangeId: null })
  }
}

function changedFields({ changes }: PlannedStep) {
  return {
    before: Object.fromEntries(changes.map(({ field, from }) => [field, from])),
    after: Object.fromEntries(changes.map(({ field, to }) => [field, to]))
  }
}

function createdFields(step: PlannedStep): Record<string, string> {
  const texts = textsOf(declaredFields(definitionOf(step.kind)), step.state)
  return step.kind === 'account' ? { ...texts, headers: headersText(step.state) } : texts
}
