import { $api, api } from '../../api/client.ts'
import { PageLink } from '../../parts/links.tsx'
import { BY_CURSOR } from '../../parts/paged.tsx'
import { SignedInTools } from '../../parts/signed-in-tools.tsx'

/** The tools that have been let in as the person, such as Claude Code. */
export function OwnTools() {
  const query = { status: 'active', limit: 100 } as const
  const tools = $api.useInfiniteQuery('get', '/me/v1/claude-sign-ins', { params: { query } }, BY_CURSOR)
  return (
    <SignedInTools
      query={tools}
      empty={
        <>
          There is none. Claude Code signs in with <code>/login</code> where your organisation has set it up so, and shows a
          code: <PageLink to="/device">enter it</PageLink>.
        </>
      }
      end={(id) => api.DELETE('/me/v1/claude-sign-ins/{id}', { params: { path: { id } } })}
    />
  )
}
