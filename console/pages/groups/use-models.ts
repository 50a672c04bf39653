import { $api } from '../../api/client.ts'

/** The IDs of the models that have a price. */
export function useModels(): string[] {
  return $api.useQuery('get', '/admin/v1/prices').data?.models.map(({ id }) => id) ?? []
}
