import {
  AFFINITY_WORDS,
  CATEGORY_WORDS,
  RESULT_WORDS,
  WAIT_WORDS,
  whyNoUsage
} from '../services/gateway/traces/exchange-words.ts'
import type { CostFormula, FormulaLine } from '../services/gateway/traces/cost-formula.ts'
import type { TraceRecord, TracedChoice } from '../services/gateway/traces/trace-record.ts'
import type { ExplainedEvent, ExplainedExchange } from '../services/gateway/traces/explain.ts'
import { meaningsOf } from '../services/money/usage/cost-marks.ts'
import { alignedLines } from './print-table.ts'
import { printable } from './printable.ts'

/** An explained exchange for a person to read, line by line. */
export function exchangeLines(exchange: ExplainedExchange): string[] {
  const { limits, waits, choices, attempts } = exchange
  const after = (at: string) => `+${Date.parse(at) - Date.parse(exchange.created_at)} ms`
  const lines = [
    ...heading(exchange),
    ...section('Limits', alignedLines(limits.map((limit) => [after(limit.at), limit.name, limit.outcome, standing(limit)]))),
    ...section('Waits', alignedLines(waits.map((wait) => [after(wait.at), `${wait.for} slot`, waitEnd(wait)]))),
    ...section(
      'Accounts',
      choices.flatMap((choice) => choiceLines(choice, after(choice.at)))
    ),
    ...section(
      'Attempts',
      alignedLines(
        attempts.map((attempt) => [String(attempt.attempt), attempt.account, attemptEnd(attempt), attempt.detail ?? ''])
      )
    ),
    ...section('Usage', usageOf(exchange))
  ]
  if (exchange.left_out > 0) lines.push('', `${exchange.left_out} more entries were not kept.`)
  return lines.map(printable)
}

function heading(exchange: ExplainedExchange): string[] {
  const { refused_early: early, user_email: user } = exchange
  const tookMs = Date.parse(exchange.ended_at) - Date.parse(exchange.created_at)
  return [
    `Exchange ${exchange.id}`,
    ...indented([
      ...(early === null ? [`${exchange.created_at}, took ${tookMs} ms`] : [exchange.created_at, originOf(early)]),
      ...(user === null ? [] : [`${user}, key ${exchange.key_name}, group ${exchange.group}`]),
      ...(early === null ? [askedFor(exchange)] : []),
      ending(exchange)
    ])
  ]
}

function originOf({ address, path, keys }: NonNullable<ExplainedExchange['refused_early']>): string {
  const asked = path === null ? '' : `, ${path}`
  const given = keys === null ? '' : keys === '' ? ', without a key' : `, with ${keys}`
  return `refused at the door: from ${address ?? 'an unknown address'}${asked}${given}`
}

function askedFor({ kind, model, stream, pinned, session }: ExplainedExchange): string {
  if (model === null)
    return 'what it asked for is not known: it was refused before its body was read, or the body could not be read'
  const parts = [
    kind === 'count_tokens' ? `asked to count tokens of ${model}` : `asked for ${model}`,
    ...(kind === 'count_tokens' ? [] : [stream === true ? 'as a stream' : 'in one piece']),
    ...(session === null ? [] : [`session ${session}`]),
    ...(pinned === true ? ['whose state is kept at the upstream'] : [])
  ]
  return parts.join(', ')
}

function ending({ status, client_gone: clientGone, error }: ExplainedExchange): string {
  if (error !== null) return `refused with ${status ?? 'no status'} ${error.type}: ${error.message}`
  const response = status === null ? 'no response' : `answered with status ${status}`
  return clientGone ? `${response}; the client left before the end` : response
}

function standing({ used, limit, detail }: TraceRecord['limits'][number]): string {
  const parts = [
    ...(used === null ? [] : [`${used} used`]),
    ...(limit === null ? [] : [limit === '0' ? 'no limit' : `limit ${limit}`]),
    ...(detail === null ? [] : [detail])
  ]
  return parts.join(', ')
}

function waitEnd({ outcome, ms, other_sessions: others }: TraceRecord['waits'][number]): string {
  const beside = others === null || others === 0 ? '' : `, taking turns with ${others} other session${others === 1 ? '' : 's'}`
  return `${WAIT_WORDS[outcome]} after ${ms} ms${beside}`
}

function choiceLines(choice: TracedChoice, after: string): string[] {
  const { chosen, affinity, move, candidates, passed_over: passedOver, left_out: leftOut } = choice
  const why = chosen === null || affinity === null ? '' : ` (${AFFINITY_WORDS[affinity]})`
  const details = [
    ...alignedLines(candidates.map(candidateCells)),
    ...alignedLines(passedOver.map(({ account, reason }) => [account, `passed over: ${reason}`])),
    ...(leftOut === 0 ? [] : [`and ${leftOut} more`])
  ]
  if (move !== null) {
    const price = `${move.extra_cost_usd} USD more to write ${move.cache_read_tokens} cached tokens again`
    details.unshift(`not ${move.from}, which the session is used to: ${price}`)
  }
  return [`${after}  ${chosen === null ? 'none could be had' : `chosen: ${chosen}${why}`}`, ...indented(details)]
}

function candidateCells({
  account,
  priority,
  in_flight: inFlight,
  limit,
  used_last: usedLast
}: TracedChoice['candidates'][number]) {
  return [
    account,
    `priority ${priority}`,
    `${inFlight ?? '?'} in flight of ${limit === 0 ? 'any number' : limit}`,
    usedLast ? 'used last: its usage window is nearly full' : ''
  ]
}

function attemptEnd({
  result,
  verdict,
  status,
  duration_ms: ms,
  upstream_model: model
}: TraceRecord['attempts'][number]): string {
  const what = status === null ? RESULT_WORDS[result] : `${RESULT_WORDS[result]} with ${status}`
  return `as ${model}, ${what} after ${ms} ms${typeof verdict === 'string' ? `: ${verdict}` : ''}`
}

/** Usage reaches the record a moment after the response: where none is to come, that is said. */
function usageOf(exchange: ExplainedExchange): string[] {
  if (exchange.refused_early !== null) return []
  return exchange.usage.length > 0 ? exchange.usage.flatMap(usageLines) : [whyNoUsage(exchange)]
}

function usageLines(event: ExplainedEvent): string[] {
  const { attempt, account, outcome, basis, model, subject, formula } = event
  const about = `attempt ${attempt} at ${account ?? 'a deleted account'}: ${outcome}, numbers ${basis}, ${model}`
  const costs = formula === null ? withoutFormula(event) : formulaLines(event, formula)
  // A server from before jobs has none.
  const job = typeof subject !== 'string' ? [] : [`for the job ${subject}`]
  return [about, ...indented([...job, ...costs, ...meaningsOf(event)])]
}

const withoutFormula = ({ cost_usd: cost, charged_usd: charged, price_version: version }: ExplainedEvent) => [
  `cost ${cost} USD, charged ${charged} USD; its prices (${version}) are not on record`
]

function formulaLines(event: ExplainedEvent, formula: CostFormula): string[] {
  const { lines, sum_usd: sum, cost_usd: cost, rate_multiplier: multiplier, charged_usd: charged } = formula
  const shown = alignedLines(
    lines.map((line) => [line.model ?? '', CATEGORY_WORDS[line.category], `${line.quantity} ×`, priceOf(line)])
  )
  shown.push(`sum ${sum} USD, rounded ${cost}; × ${multiplier} = ${charged} USD charged (prices ${event.price_version})`)
  const choosing = [formula.service_tier, formula.speed, formula.inference_geo].filter((fact) => fact !== null)
  if (choosing.length > 0) shown.push(`as the upstream reported it: ${choosing.join(', ')}`)
  if (!formula.matches) {
    shown.push(`THIS IS NOT WHAT WAS RECORDED: cost ${event.cost_usd} USD, charged ${event.charged_usd} USD`)
  }
  return shown
}

const priceOf = ({ price_usd: price, per, amount_usd: amount }: FormulaLine) =>
  `${price} USD per ${per === 1000 ? 'thousand' : 'million'} = ${amount} USD`

function section(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...indented(lines)]
}

const indented = (lines: string[]) => lines.map((line) => `  ${line}`)
