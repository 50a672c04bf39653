import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'

/** Whoever waits for the event loop waits for about so long, unless a single module, or a ring of them, takes longer. */
const SLICE_MS = 4

/** What a module imports when it is loaded, as far as a line begins with it; types are not. What is missed is loaded with its importer. */
const STATIC_IMPORT = /^(?:import|export)\s(?!type\s)[\w$*{},\s]*?from\s*['"]([^'"]+)['"]/gm

const IS_CODE = /\.(ts|m?js)$/

/** Of the process, as Node's own cache of modules is. */
const begun = new Map<string, Promise<void>>()

/**
 * Loads a module, by its URL, and all that it imports, in the order in which `import` would, but with turns of the event loop in
 * between: Node loads and runs a whole graph of modules in one go, which for hundreds of them holds up everybody else. What is
 * loaded is not looked through again. Rejects as `import` does.
 */
export function importGently(url: string): Promise<void> {
  const loading = begun.get(url) ?? loadGently(url)
  begun.set(url, loading)
  loading.catch(() => begun.delete(url))
  return loading
}

async function loadGently(url: string): Promise<void> {
  const visited = new Map<string, number>()
  const done = new Set<string>()
  let turnedAt = performance.now()

  /** Resolves to the first visited of the modules that import each other with this one: they can only be loaded together. */
  async function visit(module: string): Promise<number> {
    const index = visited.size
    visited.set(module, index)
    let first = index
    for (const imported of importsOf(module)) {
      if (done.has(imported)) continue
      first = Math.min(first, visited.get(imported) ?? (await visit(imported)))
    }
    if (first < index) return first
    await import(module)
    for (const [name, at] of visited) if (at >= index) done.add(name)
    if (performance.now() - turnedAt > SLICE_MS) {
      await turn()
      turnedAt = performance.now()
    }
    return index
  }

  await visit(url)
}

function importsOf(module: string): string[] {
  const specifiers = Array.from(sourceOf(module).matchAll(STATIC_IMPORT), ([, specifier]) => specifier!)
  return specifiers.map((specifier) => urlOf(specifier, module)).filter((url) => url !== null)
}

function sourceOf(module: string): string {
  try {
    return readFileSync(new URL(module), 'utf8')
  } catch {
    return '' // `import` says what is wrong with it
  }
}

/** Null for what is not looked into: parts of Node, data, and what a package imports of others. */
function urlOf(specifier: string, importer: string): string | null {
  const isOwn = specifier.startsWith('.')
  if (!isOwn && (specifier.startsWith('node:') || importer.includes('/node_modules/'))) return null
  const url = isOwn ? new URL(specifier, importer).href : import.meta.resolve(specifier)
  return IS_CODE.test(url) ? url : null
}
