/** What a list is searched for, as it stands in the URL. */
export interface Searched {
  q?: string
}

/** Nothing where there is nothing to search for. A number that somebody types into the URL is text, too. */
export function readSearched({ q }: Record<string, unknown>): Searched {
  const text = typeof q === 'string' || typeof q === 'number' ? String(q).trim() : ''
  return text === '' ? {} : { q: text }
}
