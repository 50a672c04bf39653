/** `revoked`: those too. */
export const readKeysSearch = ({ revoked }: Record<string, unknown>): { revoked?: true } =>
  revoked === true ? { revoked } : {}
