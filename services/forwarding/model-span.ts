import { scanJsonObject, type JsonMember } from '../request/json-scan.ts'

/** Where the bytes of a model's name (with its quotes) stand in a message given as JSON. Null when there is none. */
export function modelSpan(json: Buffer, start = 0, end = json.length): JsonMember | null {
  const model = scanJsonObject(json, start, end)?.find((member) => member.key === 'model')
  return model !== undefined && json[model.start] === 0x22 ? model : null
}

/** The same for the `message_start` event within the first bytes of an event stream. */
export function messageStartModelSpan(bytes: Buffer): JsonMember | null {
  for (let at = 0; at < bytes.length;) {
    const lineFeed = bytes.indexOf(0x0a, at)
    const end = lineFeed < 0 ? bytes.length : lineFeed
    const span = bytes.toString('latin1', at, at + 5) === 'data:' ? modelOfMessageStart(bytes, at + 5, end) : null
    if (span !== null) return span
    at = end + 1
  }
  return null
}

function modelOfMessageStart(bytes: Buffer, start: number, end: number): JsonMember | null {
  const members = scanJsonObject(bytes, start, end)
  const type = members?.find((member) => member.key === 'type')
  if (type === undefined || bytes.toString('latin1', type.start, type.end) !== '"message_start"') return null
  const message = members?.find((member) => member.key === 'message')
  return message === undefined ? null : modelSpan(bytes, message.start, message.end)
}
