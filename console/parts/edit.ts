import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '../api/client.ts'
import { sameValue, valueIn, type Draft, type FieldValue } from './field.ts'

interface Versioned {
  version: number
}

export interface EditOptions<Row> {
  /** As it was when the page was opened. */
  row: Row
  /** As it is now. */
  load: () => Promise<Row>
  /** Rejects with a 412 where the row has another version than that of `ifMatch`; `from` is the row that the changes are to. */
  save: (changes: Draft, ifMatch: string, from: Row) => Promise<Row>
  onSaved: (row: Row) => Promise<void> | void
}

/**
 * A change of a row that somebody else may change, too: only what differs is sent, and only if the row is still what it was. If it is not, `theirs` is what it is now,
 * and whoever changes it decides.
 */
export function useEdit<Row extends Versioned>({ row, load, save, onSaved }: EditOptions<Row>) {
  // What is loaded anew behind an open form does not move the ground that its changes stand on.
  const [begun, setBegun] = useState(row)
  const [draft, setDraft] = useState<Draft>({})
  const [theirs, setTheirs] = useState<Row | null>(null)
  const changesFrom = (from: Row): Draft =>
    Object.fromEntries(
      Object.entries(draft).filter(([name, value]) => value !== undefined && !sameValue(value, valueIn(from, name)))
    )

  const mutation = useMutation({
    async mutationFn(from: Row) {
      try {
        return await save(changesFrom(from), `"${from.version}"`, from)
      } catch (error) {
        if (error instanceof ApiError && error.status === 412) setTheirs(await load())
        throw error
      }
    },
    onSuccess: onSaved
  })

  return {
    begun,
    theirs,
    changes: changesFrom(begun),
    valueOf: (name: string) => (name in draft ? draft[name] : valueIn(begun, name)),
    change: (name: string, value: FieldValue) => setDraft((old) => ({ ...old, [name]: value })),
    submit: () => mutation.mutate(begun),
    /** What was asked for goes on top of what somebody else did. */
    saveOver(now: Row) {
      setBegun(now)
      setTheirs(null)
      mutation.mutate(now)
    },
    /** Forgets what was asked for. */
    takeTheirs(now: Row) {
      setBegun(now)
      setTheirs(null)
      setDraft({})
      mutation.reset()
    },
    error: theirs === null ? mutation.error : null,
    isSaving: mutation.isPending
  }
}

export type Edit<Row extends Versioned> = ReturnType<typeof useEdit<Row>>
