import { PageLink } from './links.tsx'
import { NotStated } from './money.tsx'
import { Name } from './name.tsx'

/** Leads to the person whose address it is. */
export function PersonLink({ email }: { email: string | null }) {
  if (email === null) return <NotStated />
  return (
    <PageLink to="/people/$id" params={{ id: email }}>
      <Name of={email} width={280} />
    </PageLink>
  )
}
