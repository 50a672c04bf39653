/** What is paused of a key, in words: all of it, a session, or an agent of one. */
export function partOfKey({ session, agent }: { session: string | null; agent: string | null }): string {
  if (session === null) return 'the whole key'
  if (agent === null) return `session ${session}`
  return agent === '' ? `session ${session}, the agent it began with` : `session ${session}, agent ${agent}`
}
