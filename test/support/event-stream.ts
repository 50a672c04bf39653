import assert from 'node:assert/strict'

interface ReadEvent {
  event: string
  data: Record<string, unknown> & { error?: { type: string; message: string } }
}

/** The events of a stream as Anthropic's SDKs read them: each with a name and JSON data, and none begun but not ended. */
export function parseEvents(text: string): ReadEvent[] {
  const blocks = text.replaceAll('\r\n', '\n').split('\n\n')
  assert.equal(blocks.pop(), '', 'the stream ends in the middle of an event')
  return blocks.map((block) => {
    const lines = block.split('\n').filter((line) => !line.startsWith(':'))
    const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
    return { event: field('event'), data: JSON.parse(field('data')) as ReadEvent['data'] }
  })
}

/** A stream being read: its text so far, and all of it. */
export function readInBackground(response: Response): { text: string; done: Promise<string> } {
  const reading = { text: '', done: Promise.resolve('') }
  reading.done = (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) reading.text += decoder.decode(chunk as Uint8Array, { stream: true })
    return reading.text
  })()
  return reading
}
