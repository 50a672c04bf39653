import { $api, api } from '../../api/client.ts'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { SignedInTools } from '../../parts/signed-in-tools.tsx'

/** The tools that have been let in as somebody, such as Claude Code. */
export function PersonTools({ email, mayChange }: { email: string; mayChange: boolean }) {
  const query = { user: email, status: 'active', limit: 100 } as const
  const tools = $api.useInfiniteQuery('get', '/admin/v1/sign-ins', { params: { query } }, BY_CURSOR)
  return (
    <SignedInTools
      query={tools}
      empty="There is none."
      end={mayChange ? (id) => api.DELETE('/admin/v1/sign-ins/{id}', { params: { path: { id } } }) : null}
      command={(id) => ['sign-ins', 'revoke', id]}
    />
  )
}
