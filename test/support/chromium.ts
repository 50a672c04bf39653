import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium, type Browser } from 'playwright-core'
import { installPackage } from './debian-package.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
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
  return dirs.flatMap((dir) => NAMES.map((name) => join(dir, name))).find((path) => existsSync(path)) ?? null
}

function installProgram(): string {
  installPackage('chromium')
  const program = findProgram()
  if (program !== null) return program
  throw new Error('These tests need a real browser: install the package "chromium" so that chromium is on PATH')
}
