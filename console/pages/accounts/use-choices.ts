import { $api } from '../../api/client.ts'
import type { Choices } from './fields.ts'

const ALL = { params: { query: { limit: 1000 } } }

/** What a form about an account suggests. Empty until it is here: a form doesn't wait for it. */
export function useChoices(): Choices {
  const groups = $api.useQuery('get', '/admin/v1/groups', ALL)
  const proxies = $api.useQuery('get', '/admin/v1/proxies', ALL)
  const prices = $api.useQuery('get', '/admin/v1/prices')
  return {
    groups: groups.data?.data.map(({ name }) => name) ?? [],
    proxies: proxies.data?.data.map(({ name }) => name) ?? [],
    models: prices.data?.models.map(({ id }) => id) ?? []
  }
}
