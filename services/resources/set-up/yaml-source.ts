import { fieldName, type Path } from '../problems.ts'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode, type YAMLError } from 'yaml'

/** Something wrong at a place in a file. */
interface SourceProblem {
  offset: number
  text: string
}

/** A YAML file as plain values that remember where they were written. */
export interface YamlSource {
  value: unknown
  problems: SourceProblem[]
  /** The offset of the value at `path`, or of the nearest value around it. */
  offsetAt: (path: Path) => number
  /** The offset of the key at the end of `path`. */
  keyOffsetAt: (path: Path) => number
  /** Line and column of an offset, both from 1. */
  positionOf: (offset: number) => { line: number; column: number }
}

interface YamlSourceOptions {
  /** Variables that `${NAME}` stands for; null leaves `${` as it is. */
  variables: Readonly<Record<string, string | undefined>> | null
  /** Whether the number at `path` is kept as its digits, which a float would lose. */
  isDecimal: (path: Path) => boolean
  /** Whether the field at `path` stays, as null, when it has no value. */
  keepsEmpty: (path: Path) => boolean
}

/** Limits what a small file can expand to through aliases. */
const MAX_VALUES = 100_000
const MAX_DEPTH = 30
const MAX_ALIASES = 1000

const MISSPELT_VARIABLE = '${…} must hold the name of an environment variable; write $${ for a plain ${'

/** A file that is refused as a whole, with the message. */
class TooLarge extends Error {}

/** Reads a YAML file (JSON is YAML too). A field without a value is left out. Never throws because of the file's content. */
export function readYamlSource(text: string, options: YamlSourceOptions): YamlSource {
  const lineCounter = new LineCounter()
  // The library compares each key with all keys before it; here that is one lookup in a set.
  const document = parseDocument(text, {
    lineCounter,
    prettyErrors: false,
    stringKeys: true,
    uniqueKeys: false,
    logLevel: 'error'
  })
  const problems = syntaxProblems(document.errors, lineCounter)
  const offsets = new Map<string, number>()
  const keyOffsets = new Map<string, number>()
  /** The last node so far with the anchor: what each alias refers to at its position. */
  const anchors = new Map<string, ParsedNode>()
  const targets = new Map<ParsedNode, ParsedNode | undefined>()
  let unfolding = 0
  let values = 0

  function convert(node: ParsedNode | null, path: Path, offset: number): unknown {
    if (++values > MAX_VALUES || path.length > MAX_DEPTH) {
      throw new TooLarge('the file is nested too deep or its aliases unfold to too much')
    }
    offsets.set(keyOf(path), offset)
    noteAnchor(node)
    if (isAlias(node)) {
      const target = targetOf(node)
      if (target !== undefined) return unfold(target, path, offset)
      problems.push({ offset, text: `${fieldName(path)}: the file has no anchor &${node.source}` })
      return null
    }
    if (isMap(node)) {
      const names = new Set<string>()
      return Object.fromEntries(node.items.flatMap((pair) => convertPair(pair, path, names)))
    }
    if (isSeq(node)) return node.items.map((item, index) => convert(item, [...path, index], item.range[0]))
    return isScalar(node) ? convertScalar(node, path, offset) : null
  }

  /** The library searches the whole file for each alias. */
  function targetOf(alias: ParsedNode & { source: string }): ParsedNode | undefined {
    if (!targets.has(alias)) targets.set(alias, anchors.get(alias.source))
    if (targets.size > MAX_ALIASES) throw new TooLarge(`the file has more than ${MAX_ALIASES} aliases`)
    return targets.get(alias)
  }

  function unfold(target: ParsedNode, path: Path, offset: number): unknown {
    unfolding += 1
    try {
      return convert(target, path, offset)
    } finally {
      unfolding -= 1
    }
  }

  /** Nodes come in their written order, except those that an alias refers to. */
  function noteAnchor(node: ParsedNode | null): void {
    if (unfolding === 0 && node !== null && !isAlias(node) && node.anchor !== undefined) anchors.set(node.anchor, node)
  }

  function convertPair(
    { key, value }: { key: ParsedNode; value: ParsedNode | null },
    path: Path,
    names: Set<string>
  ): [string, unknown][] {
    const name = isScalar(key) ? String(key.value) : ''
    const childPath = [...path, name]
    noteAnchor(key)
    if (names.has(name)) problems.push({ offset: key.range[0], text: 'is not valid YAML: Map keys must be unique' })
    names.add(name)
    keyOffsets.set(keyOf(childPath), key.range[0])
    const converted = convert(value, childPath, value?.range[0] ?? key.range[0])
    return converted === null && !options.keepsEmpty(childPath) ? [] : [[name, converted]]
  }

  function convertScalar(node: { value: unknown; source?: string | undefined }, path: Path, offset: number): unknown {
    if (typeof node.value === 'string') return expand(node.value, path, offset)
    if (typeof node.value === 'number' && options.isDecimal(path)) return node.source ?? String(node.value)
    return node.value
  }

  function expand(text: string, path: Path, offset: number): string {
    const { variables } = options
    if (variables === null) return text
    return text.replaceAll(/\$(\$\{)|\$\{([^}]*)\}?/g, (whole, escaped: string | undefined, name: string | undefined) => {
      if (escaped !== undefined) return escaped
      if (name === undefined || !/^[A-Za-z_]\w*$/.test(name) || !whole.endsWith('}')) {
        problems.push({ offset, text: `${fieldName(path)}: ${MISSPELT_VARIABLE}` })
        return ''
      }
      const value = variables[name]
      if (value === undefined)
        problems.push({ offset, text: `${fieldName(path)}: the environment variable ${name} is not set` })
      return value ?? ''
    })
  }

  let value: unknown = null
  try {
    if (problems.length === 0) value = convert(document.contents, [], 0)
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error
    problems.push({ offset: 0, text: error.message })
  }

  return {
    value,
    problems,
    offsetAt(path) {
      const known = path.length === 0 ? 0 : offsets.get(keyOf(path))
      return known ?? this.offsetAt(path.slice(0, -1))
    },
    keyOffsetAt(path) {
      return keyOffsets.get(keyOf(path)) ?? this.offsetAt(path)
    },
    positionOf(offset) {
      const { line, col } = lineCounter.linePos(offset)
      return { line: Math.max(line, 1), column: Math.max(col, 1) }
    }
  }
}

function keyOf(path: Path): string {
  return JSON.stringify(path)
}

/** The first problem of each line: others on the same line are mostly its consequences. */
function syntaxProblems(errors: readonly YAMLError[], lineCounter: LineCounter): SourceProblem[] {
  const byLine = new Map<number, SourceProblem>()
  for (const { pos, message } of errors) {
    const { line } = lineCounter.linePos(pos[0])
    const hint = message.includes('flow-map-start') ? ' (put quotes around a value with ${…} inside braces or brackets)' : ''
    if (!byLine.has(line)) byLine.set(line, { offset: pos[0], text: `is not valid YAML: ${message}${hint}` })
  }
  return [...byLine.values()]
}
