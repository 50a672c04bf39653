/** What messages go through: one end of a channel between two threads. */
export interface Port {
  postMessage: (message: unknown) => void
  on: (event: 'message', listener: (message: unknown) => void) => unknown
}

/** By name, what one side may ask of or tell to the other. What is asked for is answered, what is told is not. */
export type Handlers = Record<string, (...args: never[]) => unknown>

type Message =
  | { kind: 'tell'; name: string; args: unknown[] }
  | { kind: 'ask'; id: number; name: string; args: unknown[] }
  | { kind: 'answer'; id: number; value: unknown }
  | { kind: 'refusal'; id: number; reason: string }

export interface Calls<Theirs extends Handlers> {
  tell: <Name extends keyof Theirs & string>(name: Name, ...args: Parameters<Theirs[Name]>) => void
  /** Rejects when the other side does, or is gone. */
  ask: <Name extends keyof Theirs & string>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ) => Promise<Awaited<ReturnType<Theirs[Name]>>>
  /** The other side is gone: nothing is answered any more. */
  end: () => void
}

/** Calls between two threads. `onMessage` is told of each sign of life. */
export function createCalls<Theirs extends Handlers>(
  port: Port,
  own: Handlers,
  onMessage: () => void = () => {}
): Calls<Theirs> {
  const asked = new Map<number, PromiseWithResolvers<unknown>>()
  let lastId = 0
  let ended = false

  async function answer(id: number, name: string, args: unknown[]): Promise<void> {
    try {
      const value = await run(name, args)
      post({ kind: 'answer', id, value })
    } catch (error) {
      post({ kind: 'refusal', id, reason: error instanceof Error ? error.message : String(error) })
    }
  }

  function run(name: string, args: unknown[]): unknown {
    const handler = own[name]
    if (handler === undefined) throw new Error(`nothing is known as ${name}`)
    return handler(...(args as never[]))
  }

  function post(message: Message): void {
    if (!ended) port.postMessage(message)
  }

  function settle(id: number, how: (asked: PromiseWithResolvers<unknown>) => void): void {
    const question = asked.get(id)
    if (question === undefined) return
    asked.delete(id)
    how(question)
  }

  port.on('message', (received) => {
    const message = received as Message
    onMessage()
    switch (message.kind) {
      case 'tell':
        run(message.name, message.args)
        return
      case 'ask':
        void answer(message.id, message.name, message.args)
        return
      case 'answer':
        settle(message.id, ({ resolve }) => resolve(message.value))
        return
      case 'refusal':
        settle(message.id, ({ reject }) => reject(new Error(message.reason)))
    }
  })

  return {
    tell: (name, ...args) => post({ kind: 'tell', name, args }),
    ask(name, ...args) {
      const question = Promise.withResolvers<unknown>()
      if (ended) question.reject(new Error('the other side is gone'))
      else asked.set(++lastId, question)
      post({ kind: 'ask', id: lastId, name, args })
      return question.promise as ReturnType<Calls<Theirs>['ask']>
    },
    end() {
      ended = true
      for (const { reject } of asked.values()) reject(new Error('the other side is gone'))
      asked.clear()
    }
  }
}
