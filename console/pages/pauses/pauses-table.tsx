import type { ReactNode } from 'react'
import { api, type ResponseOf } from '../../api/client.ts'
import { Action } from '../../parts/confirm.tsx'
import { DataTable, type TableColumn } from '../../parts/data-table.tsx'
import { partOfKey } from '../../parts/part-of-key.ts'
import { PAUSE_COLUMNS } from './columns.tsx'

export type PauseRow = ResponseOf<'get', '/admin/v1/pauses'>['data'][number]

interface PausesTableProps {
  rows: readonly PauseRow[]
  isWhole: boolean
  mayOperate: boolean
  empty: ReactNode
  footer?: ReactNode
}

/** What is paused, with a button that resumes each for whoever may. */
export function PausesTable({ mayOperate, ...table }: PausesTableProps) {
  return <DataTable name="Pauses" columns={mayOperate ? [...PAUSE_COLUMNS, RESUME] : PAUSE_COLUMNS} {...table} />
}

const RESUME: TableColumn<PauseRow> = {
  id: 'resume',
  header: 'Do',
  cell: (pause) => (pause.status === 'active' ? <Resume pause={pause} /> : null)
}

function Resume({ pause: { id, key, user_email: email, ...pause } }: { pause: PauseRow }) {
  return (
    <Action
      label="Resume"
      title={`Resume ${key}?`}
      done={`${key} is resumed`}
      command={['resume', id]}
      run={() => api.POST('/admin/v1/pauses/{id}/resume', { params: { path: { id } } })}
    >
      Requests of <bdi>{email}</bdi>, {partOfKey(pause)}, are served again, and its brakes count anew. What made it run away may
      do so again.
    </Action>
  )
}
