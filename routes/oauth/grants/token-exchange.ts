import type { TokenGrant } from './index.ts'

/** RFC 8693: what runs as a job, with the token that says which. */
export const tokenExchangeGrant: TokenGrant = async (app, request, form) => await app.exchangeToken(request, form)
