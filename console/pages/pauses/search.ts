import { readSearched, type Searched } from '../../parts/search.ts'

export interface PausesSearch extends Searched {
  /** Those that are over, too. */
  over?: true
}

export const readPausesSearch = (search: Record<string, unknown>): PausesSearch => ({
  ...readSearched(search),
  ...(search['over'] === true ? { over: true } : {})
})
