import { userInfo } from 'node:os'

/** Who runs the command, for the audit log of the server that it speaks to. */
export function operatorHeaders(): Record<string, string> {
  return {
    'x-sluice-os-user': nameOfUser()
      .replace(/[^\w.@-]/g, '_')
      .slice(0, 64)
  }
}

/** A container may run as a user that has no name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`
  }
}
