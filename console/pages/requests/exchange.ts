import type { ResponseOf } from '../../api/client.ts'

/** As operators see one. */
export type OperatorExchange = ResponseOf<'get', '/admin/v1/exchanges/{id}'>
/** As the person whose it is does: without accounts. */
export type OwnExchange = ResponseOf<'get', '/me/v1/exchanges/{id}'>
export type Exchange = OperatorExchange | OwnExchange

export type OperatorChoice = OperatorExchange['choices'][number]
export type OwnChoice = OwnExchange['choices'][number]
export type Attempt = OperatorExchange['attempts'][number] | OwnExchange['attempts'][number]
export type ExchangeUsage = OperatorExchange['usage'][number] | OwnExchange['usage'][number]
export type Formula = NonNullable<ExchangeUsage['formula']>
