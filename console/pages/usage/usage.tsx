import { useNavigate, useSearch } from '@tanstack/react-router'
import { Explorer } from './explorer.tsx'
import { changed } from './search.ts'

/** Everybody's usage, for operators. */
export function Usage() {
  const search = useSearch({ from: '/signed-in/operators/usage' })
  const navigate = useNavigate({ from: '/usage' })
  return (
    <Explorer
      title="Usage"
      side="all"
      search={search}
      onChange={(changes) => void navigate({ search: changed(search, changes) })}
    />
  )
}

/** One's own. */
export function MyUsage() {
  const search = useSearch({ from: '/signed-in/users/my/usage' })
  const navigate = useNavigate({ from: '/my/usage' })
  return (
    <Explorer
      title="My usage"
      side="own"
      search={search}
      onChange={(changes) => void navigate({ search: changed(search, changes) })}
    />
  )
}
