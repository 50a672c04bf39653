import { Section } from '../../parts/section.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { When } from '../../parts/when.tsx'
import type { AccountRow } from './account.tsx'

type Cooldown = NonNullable<AccountRow['cooldowns']>[number]

const KINDS: Record<string, string> = {
  rate_limit: 'rate limit',
  overloaded: 'overloaded',
  billing: 'money or standing',
  forbidden: 'a model it may not use',
  unauthorized: 'a first 401',
  failures: 'failures in a row'
}

/** Half-open ones don't end: single requests try from then on. */
const endOf = ({ kind }: Cooldown) => (kind === 'failures' || kind === 'unauthorized' ? 'tried from ' : '')

const SCOPES: Record<string, (name: string) => string> = {
  family: (name) => `models of the family ${name}`,
  model: (name) => name,
  speed: (name) => `requests at the speed ${name}`,
  origin: () => 'all accounts of its upstream'
}

function scopeInWords(scope: string | null): string {
  if (scope === null) return 'all models'
  const [kind = '', ...name] = scope.split(':')
  return SCOPES[kind]?.(name.join(':')) ?? scope
}

const COLUMNS: readonly TableColumn<Cooldown>[] = [
  { id: 'kind', header: 'Kind', cell: ({ kind }) => KINDS[kind] ?? kind },
  { id: 'scope', header: 'For', cell: ({ scope }) => scopeInWords(scope) },
  { id: 'reason', header: 'Why', cell: ({ reason }) => reason },
  { id: 'since', header: 'Since', cell: ({ since }) => <When at={since} /> },
  {
    id: 'until',
    header: 'Until',
    cell: (cooldown) => (
      <>
        {endOf(cooldown)}
        <When at={cooldown.until} />
      </>
    )
  },
  { id: 'probe', header: 'Probed from', cell: ({ probe_at: at }) => (at === null ? 'not before' : <When at={at} />) }
]

/** Why an account is not selected, and until when. */
export function Cooldowns({ cooldowns }: { cooldowns: readonly Cooldown[] }) {
  return (
    <Section title="Cooldowns">
      <DataTable
        name="Cooldowns"
        columns={COLUMNS}
        rows={cooldowns}
        rowKey={({ kind, scope }) => `${kind} ${scope}`}
        empty="It is not cooling down."
      />
    </Section>
  )
}
