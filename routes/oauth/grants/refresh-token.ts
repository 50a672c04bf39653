import { fieldOf } from '../forms.ts'
import type { TokenGrant } from './index.ts'

/** RFC 6749 section 6, but that the refresh token stays the same. */
export const refreshTokenGrant: TokenGrant = async (app, request, form) =>
  await app.signInTokens.refresh(fieldOf(form, 'refresh_token'), request.ip)
