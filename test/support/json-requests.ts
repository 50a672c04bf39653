export interface JsonResponse<Body> {
  status: number
  headers: Headers
  text: string
  body: Body
}

/** Asks for something with a body of JSON, or with none, and reads the response, which has JSON where it has a body. */
export async function callJson<Body = Record<string, unknown>>(
  url: string,
  method: string,
  headers: Record<string, string>,
  body?: unknown
): Promise<JsonResponse<Body>> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: (text === '' ? {} : JSON.parse(text)) as Body }
}
