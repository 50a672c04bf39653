import type { ApplyResult } from './apply.ts'
import type { PlanLine } from './apply-plan.ts'

/** What `POST /admin/v1/apply` answers and `sluice apply --json` prints. */
export interface ApplyReport {
  plan: PlanLine[]
  warnings: string[]
  created_keys: { email: string; name: string; key: string }[]
}

export function reportOf({ plan, createdKeys }: ApplyResult): ApplyReport {
  return {
    plan: plan.steps.map(({ action, kind, name, changes }) => ({ action, kind, name, changes })),
    warnings: plan.warnings,
    created_keys: createdKeys
  }
}
