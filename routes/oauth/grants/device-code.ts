import { fieldOf } from '../forms.ts'
import type { TokenGrant } from './index.ts'

/** RFC 8628: what asks again and again until somebody has let it in. */
export const deviceCodeGrant: TokenGrant = async (app, request, form) =>
  await app.deviceSignIn.poll(fieldOf(form, 'device_code'), app.originOf(request))
