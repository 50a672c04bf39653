/** What an examination of one thing found. `remedy` is null where nothing is wrong. */
export interface Finding {
  check: string
  ok: boolean
  message: string
  remedy: string | null
}

export const fine = (check: string, message: string): Finding => ({ check, ok: true, message, remedy: null })
export const wrong = (check: string, message: string, remedy: string): Finding => ({ check, ok: false, message, remedy })
