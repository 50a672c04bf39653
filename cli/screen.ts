import type { Readable, Writable } from 'node:stream'

/** The sides of a terminal that are needed of it. */
export type ScreenOutput = Writable & { columns: number; rows: number }
export type ScreenInput = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }

export interface Screen {
  size: () => { width: number; height: number }
  /** Shows these lines in place of the last ones. Lines must hold nothing that steers a terminal. */
  draw: (lines: readonly string[]) => void
  /** Gives the terminal back as it was. */
  close: () => void
}

export interface ScreenEvents {
  onKey: (key: string) => void
  onResize: () => void
  /** The terminal is gone. */
  onLost: () => void
}

// The alternate screen, no cursor, and no wrapping: a character that is wider than it counts must not move the lines below.
const ENTER = '\u001B[?1049h\u001B[?25l\u001B[?7l'
const LEAVE = '\u001B[?7h\u001B[?25h\u001B[?1049l'
const HOME = '\u001B[H'
const CLEAR_LINE = '\u001B[K'
const CLEAR_BELOW = '\u001B[J'

/** Takes the whole terminal until it is closed. */
export function openScreen(output: ScreenOutput, input: ScreenInput, { onKey, onResize, onLost }: ScreenEvents): Screen {
  let isOpen = true
  const onData = (chunk: Buffer | string) => onKey(chunk.toString())
  output.on('resize', onResize).on('error', onLost)
  input.on('error', onLost).on('data', onData)
  // In raw mode Ctrl-C is a key like others.
  input.setRawMode?.(true)
  output.write(ENTER)

  return {
    // Some terminals do not tell.
    size: () => ({ width: output.columns || 80, height: output.rows || 24 }),
    draw(lines) {
      // In one write and without clearing first, or it would flicker.
      if (isOpen) output.write(`${HOME}${lines.map((line) => `${line}${CLEAR_LINE}`).join('\r\n')}${CLEAR_BELOW}`)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      output.off('resize', onResize)
      input.off('data', onData)
      input.setRawMode?.(false)
      input.pause()
      output.write(LEAVE)
    }
  }
}
