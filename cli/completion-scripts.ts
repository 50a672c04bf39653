import type { Place } from './completion.ts'

export type Shell = 'bash' | 'zsh' | 'fish'

/**
 * A script that a shell reads once. It goes from word to word to find which command is being typed, and then offers what may stand
 * there; where it has nothing to offer, files.
 */
export function scriptFor(shell: Shell, places: readonly Place[]): string {
  return { bash, zsh, fish }[shell](places)
}

const quoted = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** The lines of a `case` of bash and zsh that finds the place by the one before it and the word. */
const steps = (places: readonly Place[]) =>
  places
    .flatMap(({ path, ways }) => [...ways].map(([word, to]) => `      ${quoted(`${path}:${word}`)}) at=${quoted(to)} ;;`))
    .join('\n')

const optionsWithValues = (places: readonly Place[]) =>
  places.flatMap(({ path, values }) => [...values].map(([flag, choices]) => ({ path, flag, choices })))

function bash(places: readonly Place[]): string {
  const values = optionsWithValues(places).map(
    ({ path, flag, choices }) => `    ${quoted(`${path}:${flag}`)}) words=${quoted(choices.join(' '))} ;;`
  )
  const words = places.map(
    ({ path, words: all }) => `        ${quoted(path)}) words=${quoted(all.map(({ word }) => word).join(' '))} ;;`
  )
  return `# sluice completion bash
_sluice() {
  local at='' words='' index current="\${COMP_WORDS[COMP_CWORD]}"
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$at:\${COMP_WORDS[index]}" in
${steps(places)}
    esac
  done
  case "$at:\${COMP_WORDS[COMP_CWORD - 1]}" in
${values.join('\n')}
    *)
      case "$at" in
${words.join('\n')}
      esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _sluice sluice
`
}

function zsh(places: readonly Place[]): string {
  const values = optionsWithValues(places).map(({ path, flag, choices }) => {
    const offer = choices.length === 0 ? '_files' : `compadd -- ${choices.map(quoted).join(' ')}`
    return `    ${quoted(`${path}:${flag}`)}) ${offer}; return ;;`
  })
  const words = places.map(
    ({ path, words: all }) =>
      `    ${quoted(path)}) offers=(${all.map(({ word, about }) => quoted(`${word}:${about}`)).join(' ')}) ;;`
  )
  return `#compdef sluice
_sluice() {
  local at='' word
  local -a offers
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at:$word" in
${steps(places)}
    esac
  done
  case "$at:\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at" in
${words.join('\n')}
  esac
  _describe 'sluice' offers || _files
}
compdef _sluice sluice
`
}

const quotedForFish = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`

function fish(places: readonly Place[]): string {
  const ways = places.flatMap(({ path, ways: all }) =>
    [...all].map(([word, to]) => `      case ${quotedForFish(`${path}:${word}`)}\n        set at ${quotedForFish(to)}`)
  )
  const lines = places.flatMap(({ path, words, values }) =>
    words.map(({ word, about }) => {
      const when = `complete -c sluice -n ${quotedForFish(`__sluice_at ${quotedForFish(path)}`)} -d ${quotedForFish(about)}`
      if (!word.startsWith('--')) return `${when} -f -a ${quotedForFish(word)}`
      const choices = values.get(word)
      const value = choices === undefined ? '' : choices.length === 0 ? ' -r' : ` -x -a ${quotedForFish(choices.join(' '))}`
      return `${when} -l ${word.slice(2)}${value}`
    })
  )
  return `# sluice completion fish
function __sluice_at
  set -l at ''
  for word in (commandline -opc)[2..]
    switch "$at:$word"
${ways.join('\n')}
    end
  end
  test "$at" = "$argv[1]"
end
complete -c sluice -e
${lines.join('\n')}
`
}
