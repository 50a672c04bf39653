import { getRouteApi } from '@tanstack/react-router'
import { Explorer } from './explorer.tsx'
import { changed } from './search.ts'
import type { Side } from './side.ts'

function usagePage(title: string, side: Side) {
  const route = getRouteApi(side === 'all' ? '/signed-in/operators/usage' : '/signed-in/users/my/usage')
  return function UsagePage() {
    const search = route.useSearch()
    const navigate = route.useNavigate()
    return (
      <Explorer
        title={title}
        side={side}
        search={search}
        onChange={(changes) => void navigate({ search: changed(search, changes) })}
      />
    )
  }
}

/** Everybody's usage, for operators. */
export const Usage = usagePage('Usage', 'all')

/** One's own. */
export const MyUsage = usagePage('My usage', 'own')
