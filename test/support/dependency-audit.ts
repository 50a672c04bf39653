/** Asks the registry what is known of the dependencies, and fails on what is serious. A registry that cannot say is told of. */
import { spawnSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'

interface Advisory {
  name: string
  severity: string
  via: (string | { title: string; url: string })[]
}

interface AuditVerdict {
  ok: boolean
  lines: string[]
}

const SERIOUS = new Set(['high', 'critical'])

/** What `npm audit --json` printed means. */
export function judgeAudit(printed: string): AuditVerdict {
  const report = parsed(printed)
  if (report.vulnerabilities === undefined) {
    return { ok: true, lines: [`The dependencies were NOT audited: ${report.message ?? 'npm audit printed no report'}`] }
  }
  const serious = Object.values(report.vulnerabilities).filter(({ severity }) => SERIOUS.has(severity))
  if (serious.length === 0) return { ok: true, lines: ['The dependencies were audited: nothing serious is known of them.'] }
  return { ok: false, lines: serious.map(({ name, severity, via }) => `${name}: ${severity}: ${via.map(titleOf).join('; ')}`) }
}

const titleOf = (via: Advisory['via'][number]) => (typeof via === 'string' ? `by way of ${via}` : `${via.title} (${via.url})`)

function parsed(printed: string): { message?: string; vulnerabilities?: Record<string, Advisory> } {
  try {
    return JSON.parse(printed) as ReturnType<typeof parsed>
  } catch {
    return {}
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 })
  const { ok, lines } = judgeAudit(stdout)
  for (const line of lines) console.error(line)
  process.exitCode = ok ? 0 : 1
}
