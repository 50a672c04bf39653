/** Code as it sits in a coding session's messages: many quotes, backslashes and line ends for a JSON reader to step over. */
const CODE = `import { readFile } from "node:fs/promises"

export async function loadSettings(path: string, env: Record<string, string | undefined>) {
\tconst text = await readFile(path, "utf8") // may throw "ENOENT"
\tconst lines = text.split(/\\r?\\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"))
\tfor (const [index, line] of lines.entries()) {
\t\tconst match = /^(?<name>[A-Z_]+)\\s*=\\s*"(?<value>(?:[^"\\\\]|\\\\.)*)"$/.exec(line)
\t\tif (match?.groups === undefined) throw new Error(\`line \${index + 1}: expected NAME="value", got "\${line}"\`)
\t\tenv[match.groups["name"] ?? ""] ??= JSON.parse(\`"\${match.groups["value"]}"\`)
\t}
\treturn { ...env, greeting: "Grüße – 你好" }
}
`

/** A Messages API request of `bytes` bytes, shaped like a Claude Code turn: cached system blocks, tools, a history of tool calls with code in it. */
export function requestBody(bytes: number, stream: boolean): Buffer {
  const turns: object[] = []
  const whole = () => JSON.stringify(request(turns, bytes, stream))
  let size = Buffer.byteLength(whole())
  for (let turn = 0; size + 6000 < bytes; turn++) {
    const added = toolTurn(turn)
    turns.push(...added)
    size += Buffer.byteLength(JSON.stringify(added)) - 1
  }
  const last = { type: 'text', text: '' }
  turns.push({ role: 'user', content: [last] })
  const missing = bytes - Buffer.byteLength(whole())
  last.text = codeText(missing)
  return Buffer.from(whole())
}

/** Code whose JSON form is about `jsonBytes` long. */
function codeText(jsonBytes: number): string {
  const length = JSON.stringify(CODE).length
  let text = CODE.repeat(Math.max(0, Math.floor(jsonBytes / length)))
  text += CODE.slice(0, Math.max(0, Math.floor(((jsonBytes % length) * CODE.length) / length)))
  return text === '' ? 'hello' : text
}

function request(turns: object[], bytes: number, stream: boolean): object {
  const small = bytes < 10_000
  const cached = { cache_control: { type: 'ephemeral' } }
  return {
    model: 'claude-sonnet-5-5',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Please fix the settings loader, it says "ENOENT".\n' }] },
      ...turns
    ],
    system: [
      { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.330.839; cc_entrypoint=cli;' },
      { type: 'text', text: 'You are a coding assistant.', ...cached },
      { type: 'text', text: small ? 'Be brief.' : CODE.repeat(10), ...cached }
    ],
    tools: Array.from({ length: small ? 1 : 12 }, (_, index) => tool(index, small)),
    metadata: {
      user_id: JSON.stringify({
        device_id: '6f1d2c7a9b',
        account_uuid: '',
        session_id: '0a8b6c1e-64f3-4b5d-8d7b-3d6a4f0c2e11'
      })
    },
    max_tokens: 32_000,
    thinking: { type: 'adaptive', display: 'omitted' },
    output_config: { effort: 'medium' },
    ...(stream && { stream: true })
  }
}

function tool(index: number, small: boolean): object {
  return {
    name: index === 0 ? 'Bash' : `Tool${index}`,
    description: small ? 'Runs a command.' : `Runs "step ${index}".\n\n${CODE}`,
    input_schema: {
      type: 'object',
      properties: { command: { type: 'string', description: 'e.g. "ls -l"' } },
      required: ['command']
    }
  }
}

function toolTurn(turn: number): object[] {
  const id = `toolu_bench_${turn}`
  return [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: `Step ${turn}: reading "src/settings.ts".\n` },
        { type: 'tool_use', id, name: 'Bash', input: { command: `sed -n "1,80p" src/settings.ts | grep -v '^#' # ${turn}` } }
      ]
    },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: CODE.repeat(1 + (turn % 3)) }] }
  ]
}
