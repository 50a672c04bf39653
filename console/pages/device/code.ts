/** The page that a tool which signs in sends its person to. */
export const DEVICE_PATH = '/device'

interface GivenCode {
  code?: string
}

/** The code in the address, where anything may be: it only fills in the form. */
export const readCode = ({ code }: Record<string, unknown>): GivenCode =>
  typeof code === 'string' && code !== '' ? { code: code.slice(0, LONGEST_CODE) } : {}

/** What the API takes, with room for spaces. */
export const LONGEST_CODE = 50
