/** The bytes of request bodies that one process may hold, including what reading them takes. */
export interface BodyBudget {
  readonly usedBytes: number
  /** False when they do not fit. */
  take: (bytes: number) => boolean
  give: (bytes: number) => void
}

export function createBodyBudget(maxBytes: number): BodyBudget {
  let usedBytes = 0
  return {
    get usedBytes() {
      return usedBytes
    },
    take(bytes) {
      if (usedBytes + bytes > maxBytes) return false
      usedBytes += bytes
      return true
    },
    give(bytes) {
      usedBytes -= bytes
    }
  }
}
