import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { RequestsSearch } from '../requests/search.ts'
import type { Side } from './side.ts'

/** A number that leads to the requests that it is the sum of, where they can be found. */
export function NumberLink({ side, to, children }: { side: Side; to: RequestsSearch | null; children: ReactNode }) {
  if (to === null) return children
  const path = side === 'all' ? '/requests' : '/my/requests'
  return (
    <Anchor inherit c="inherit" renderRoot={(props) => <Link {...props} to={path} search={to} preload={false} />}>
      {children}
    </Anchor>
  )
}
