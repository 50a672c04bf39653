import { defaultStringifySearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { CellLink } from '../../parts/cell-link.tsx'
import type { RequestsSearch } from '../requests/search.ts'
import type { Side } from './side.ts'

/** A number that leads to the requests that it is the sum of, where they can be found. */
export function NumberLink({ side, to, children }: { side: Side; to: RequestsSearch | null; children: ReactNode }) {
  if (to === null) return children
  return (
    <CellLink path={`${side === 'all' ? 'requests' : 'my/requests'}${defaultStringifySearch(to)}`} isPlain>
      {children}
    </CellLink>
  )
}
