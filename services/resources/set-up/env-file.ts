import { existsSync } from 'node:fs'

/** Reads settings from `.env` in the current folder, if it exists. Variables already set take precedence. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
