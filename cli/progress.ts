const INTERVAL_MS = 100

export interface Progress {
  show: (text: string) => void
  /** Takes the line away. */
  end: () => void
}

/** A line on the terminal that says how far something is; nothing where stderr is no terminal. */
export function createProgress(): Progress {
  const { stderr } = process
  let shownAt = 0
  return {
    show(text) {
      const now = performance.now()
      if (!stderr.isTTY || now - shownAt < INTERVAL_MS) return
      shownAt = now
      stderr.write(`\r\u001B[K${text} …`)
    },
    end() {
      if (stderr.isTTY) stderr.write('\r\u001B[K')
    }
  }
}

export function inBytes(bytes: number): string {
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return `${(bytes / 2 ** 10).toFixed(1)} KiB`
}
