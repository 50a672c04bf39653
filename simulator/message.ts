import { asObject } from './behaviour.ts'
import type { Behaviour, SimulatedUsage } from './behaviour.ts'

type Json = Record<string, unknown>
type ContentBlock = { start: Json; deltas: Json[]; whole: Json }

/** One message, ready to be told as events or as JSON. */
export interface SimulatedMessage {
  id: string
  model: string
  usage: SimulatedUsage
  events: StreamEvent[]
  json: Json
}

export interface StreamEvent {
  name: string
  data: unknown
}

/** Composes the response to a valid /v1/messages body: the same request always gets the same text and usage. */
export function composeMessage(id: string, request: Json, behaviour: Behaviour): SimulatedMessage {
  const model = behaviour.model ?? String(request['model'])
  const tool = behaviour.tool === undefined ? chooseTool(request) : behaviour.tool || null
  const blocks = contentBlocks(id, request, behaviour, tool)
  const spoken = JSON.stringify(blocks.map((block) => block.whole))
  const usage: SimulatedUsage = { ...deriveUsage(request, spoken), ...behaviour.usage }
  const stopReason = behaviour.stopReason ?? (tool === null ? 'end_turn' : 'tool_use')
  const head = { model, id, type: 'message', role: 'assistant' }
  const split = behaviour.withoutCacheSplit !== true
  return {
    id,
    model,
    usage,
    events: [
      {
        name: 'message_start',
        data: {
          type: 'message_start',
          message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: openingUsage(usage, split) }
        }
      },
      ...blocks.flatMap(blockEvents),
      ...closingEvents(usage, stopReason, behaviour.growingUsage === true),
      { name: 'message_stop', data: { type: 'message_stop' } }
    ],
    json: {
      ...head,
      content: blocks.map((block) => block.whole),
      stop_reason: stopReason,
      stop_sequence: null,
      usage: { ...openingUsage(usage, split), ...closingUsage(usage) }
    }
  }
}

/** What count_tokens says of the same body: the input with all that is cached. */
export function countTokens(request: Json): number {
  const usage = deriveUsage(request, '')
  return usage.inputTokens + usage.cacheCreation5mTokens + usage.cacheCreation1hTokens + usage.cacheReadTokens
}

function blockEvents(block: ContentBlock, index: number): StreamEvent[] {
  const start = { name: 'content_block_start', data: { type: 'content_block_start', index, content_block: block.start } }
  const deltas = block.deltas.map((delta) => ({
    name: 'content_block_delta',
    data: { type: 'content_block_delta', index, delta }
  }))
  const ping = index === 0 ? [{ name: 'ping', data: { type: 'ping' } }] : []
  return [start, ...ping, ...deltas, { name: 'content_block_stop', data: { type: 'content_block_stop', index } }]
}

function closingEvents(usage: SimulatedUsage, stopReason: string, growing: boolean): StreamEvent[] {
  const delta = (stop: string | null, outputTokens: number) => ({
    name: 'message_delta',
    data: {
      type: 'message_delta',
      delta: { stop_reason: stop, stop_sequence: null },
      usage: closingUsage({ ...usage, outputTokens })
    }
  })
  const last = delta(stopReason, usage.outputTokens)
  return growing ? [delta(null, Math.floor(usage.outputTokens / 2)), last] : [last]
}

/** Only message_start and JSON responses state the 5m/1h split, tier, speed and place. */
function openingUsage(usage: SimulatedUsage, split: boolean): Json {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheCreation5mTokens + usage.cacheCreation1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    ...(split && {
      cache_creation: {
        ephemeral_5m_input_tokens: usage.cacheCreation5mTokens,
        ephemeral_1h_input_tokens: usage.cacheCreation1hTokens
      }
    }),
    output_tokens: Math.min(1, usage.outputTokens),
    service_tier: usage.serviceTier,
    inference_geo: usage.inferenceGeo,
    ...(usage.speed !== null && { speed: usage.speed })
  }
}

/** message_delta usage is cumulative: the whole message's counts, not an increment. */
function closingUsage(usage: SimulatedUsage): Json {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheCreation5mTokens + usage.cacheCreation1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    ...(usage.webSearchRequests > 0 && {
      server_tool_use: { web_search_requests: usage.webSearchRequests, web_fetch_requests: 0 }
    }),
    ...(usage.iterations !== null && { iterations: usage.iterations })
  }
}

/** About four characters a token; what stands before a cache mark is counted as cached, system read and tools written. */
function deriveUsage(request: Json, spoken: string): SimulatedUsage {
  const tokens = (value: unknown) => Math.ceil((JSON.stringify(value)?.length ?? 0) / 4)
  const prefix = JSON.stringify([request['system'], request['tools']])
  const cached = prefix.includes('"cache_control"')
  const written = cached ? tokens(request['tools']) : 0
  const long = prefix.includes('"ttl":"1h"')
  return {
    inputTokens: tokens(request['messages']) + (cached ? 0 : tokens(request['system']) + tokens(request['tools'])),
    outputTokens: tokens(spoken),
    cacheCreation5mTokens: long ? 0 : written,
    cacheCreation1hTokens: long ? written : 0,
    cacheReadTokens: cached ? tokens(request['system']) : 0,
    webSearchRequests: 0,
    serviceTier: 'standard',
    speed: null,
    inferenceGeo: 'global',
    iterations: null
  }
}

function contentBlocks(
  id: string,
  request: Json,
  behaviour: Behaviour,
  tool: { name: string; input: unknown } | null
): ContentBlock[] {
  const blocks: ContentBlock[] = []
  if (behaviour.thinking !== undefined) blocks.push(thinkingBlock(behaviour.thinking))
  if (tool !== null) {
    blocks.push(textBlock([behaviour.text ?? 'I will use the tool.']), toolBlock(`toolu_${id.slice(4)}`, tool))
  } else if (behaviour.text !== '') {
    const text = behaviour.text ?? (behaviour.deltas === undefined ? responseText(request) : fillerText(behaviour.deltas))
    blocks.push(textBlock(cut(text, behaviour.deltas ?? Math.ceil(text.length / 12))))
  }
  return blocks
}

function textBlock(pieces: string[]): ContentBlock {
  return {
    start: { type: 'text', text: '' },
    deltas: pieces.map((text) => ({ type: 'text_delta', text })),
    whole: { type: 'text', text: pieces.join('') }
  }
}

function thinkingBlock(thinking: string): ContentBlock {
  const signature = 'c2ltdWxhdGVkLXNpZ25hdHVyZQ=='
  return {
    start: { type: 'thinking', thinking: '', signature: '' },
    deltas: [
      { type: 'thinking_delta', thinking },
      { type: 'signature_delta', signature }
    ],
    whole: { type: 'thinking', thinking, signature }
  }
}

function toolBlock(id: string, tool: { name: string; input: unknown }): ContentBlock {
  const base = { type: 'tool_use', id, name: tool.name }
  const pieces = ['', ...cut(JSON.stringify(tool.input), 3)]
  return {
    start: { ...base, input: {} },
    deltas: pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece })),
    whole: { ...base, input: tool.input }
  }
}

/** Cuts into at most `count` pieces, never inside a character. */
function cut(text: string, count: number): string[] {
  const characters = Array.from(text)
  const pieces = Math.max(1, Math.min(count, characters.length))
  return Array.from({ length: pieces }, (_, index) => {
    const from = Math.floor((index * characters.length) / pieces)
    return characters.slice(from, Math.floor(((index + 1) * characters.length) / pieces)).join('')
  })
}

function fillerText(deltas: number): string {
  return Array.from({ length: deltas }, (_, index) => `word${String(index % 10_000).padStart(4, '0')} `).join('')
}

function responseText(request: Json): string {
  const schema = asObject(asObject(asObject(request['output_config'])?.['format'])?.['schema'])
  if (schema !== null) return JSON.stringify(minimalValue(schema))
  const said = lastUserMessage(request)
  if (said.toolResult !== null) return `The tool answered: ${said.toolResult.slice(0, 200)}`
  const words = Array.from(said.text.trim().split('\n').at(-1) ?? '')
    .slice(0, 60)
    .join('')
  return `Simulated response of ${String(request['model'])} to “${words}”. Grüße, 漢字 and 🙂 included.`
}

/** Asks for a tool when the last user message says "use the tool" and holds no tool's result. */
function chooseTool(request: Json): { name: string; input: unknown } | null {
  const said = lastUserMessage(request)
  if (said.toolResult !== null || !said.text.toLowerCase().includes('use the tool')) return null
  const tools = asList(request['tools']).filter((tool) => asObject(tool['input_schema']) !== null)
  const tool = tools.find((candidate) => candidate['name'] === 'Bash') ?? tools[0]
  if (tool === undefined) return null
  if (tool['name'] === 'Bash') {
    return { name: 'Bash', input: { command: 'echo sluice-tool-ran', description: 'Say that the tool ran' } }
  }
  return { name: String(tool['name']), input: minimalValue(asObject(tool['input_schema']) ?? {}) }
}

function lastUserMessage(request: Json): { text: string; toolResult: string | null } {
  const message = asList(request['messages']).findLast((candidate) => candidate['role'] === 'user')
  const content = message?.['content']
  if (typeof content === 'string') return { text: content, toolResult: null }
  const blocks = asList(content)
  const result = blocks.findLast((block) => block['type'] === 'tool_result')
  return {
    text: textOf(blocks),
    toolResult:
      result === undefined
        ? null
        : typeof result['content'] === 'string'
          ? result['content']
          : textOf(asList(result['content']))
  }
}

function textOf(blocks: Json[]): string {
  return blocks.map((block) => (block['type'] === 'text' ? String(block['text']) : '')).join('\n')
}

function asList(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(asObject).filter((entry) => entry !== null) : []
}

/** A value as small as the JSON schema allows; what a schema says beyond type, enum and required is not looked at. */
function minimalValue(schema: Json): unknown {
  if ('const' in schema) return schema['const']
  if (Array.isArray(schema['enum'])) return schema['enum'][0]
  switch (schema['type']) {
    case 'string':
      return 'simulated'
    case 'number':
    case 'integer':
      return schema['minimum'] ?? 1
    case 'boolean':
      return false
    case 'array':
      return []
    case 'null':
      return null
    default: {
      const properties = asObject(schema['properties']) ?? {}
      const required = Array.isArray(schema['required']) ? schema['required'].map(String) : []
      return Object.fromEntries(required.map((name) => [name, minimalValue(asObject(properties[name]) ?? {})]))
    }
  }
}
