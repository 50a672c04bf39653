import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { installPackage } from './debian-package.ts'

/** Without the windows that nobody sees, which cost a fifth of a story's CPU. */
const HEADLESS = 'chromium-headless-shell'
const NAMES = [HEADLESS, 'chromium', 'chromium-browser', 'google-chrome']
/** Nothing that Chromium would look for on the internet by itself. */
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync'
]

/** Starts the browser of this machine, or else the distribution's, which is installed first. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findProgram() ?? installProgram()
  return await chromium.launch({ executablePath, args: ARGS })
}

function findProgram(): string | null {
  const dirs = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin']
  return NAMES.flatMap((name) => dirs.map((dir) => join(dir, name))).find((path) => existsSync(path)) ?? null
}

function installProgram(): string {
  try {
    installPackage(HEADLESS)
  } catch {
    // Not every distribution has it by itself.
    installPackage('chromium')
  }
  const program = findProgram()
  if (program !== null) return program
  throw new Error('These tests need a real browser: install the package "chromium" so that chromium is on PATH')
}
