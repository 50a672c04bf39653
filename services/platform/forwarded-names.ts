/**
 * Anthropic's clients add headers with every release, so what goes upstream is an open list by prefix; credentials,
 * cookies, hop-by-hop headers and everything else of the client's network stay here.
 */
const REQUEST_PREFIXES = ['anthropic-', 'x-stainless-', 'x-claude-code-']
const REQUEST_NAMES = new Set(['x-app', 'user-agent', 'accept', 'accept-language', 'content-type', 'content-encoding'])

/** Whether a header of a client, by its name in lower case, goes upstream. */
export function isForwarded(name: string): boolean {
  return REQUEST_NAMES.has(name) || REQUEST_PREFIXES.some((prefix) => name.startsWith(prefix))
}
