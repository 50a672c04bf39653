import { hash } from 'node:crypto'

/** What clients send as their session or model may be long, and is nobody else's to read. */
export const hashOf = (text: string): string => hash('sha256', text, 'base64url').slice(0, 22)

/** So much of a hash tells sessions apart for people. */
const SHOWN_LENGTH = 12

export const shownHash = (hashed: string): string => hashed.slice(0, SHOWN_LENGTH)
