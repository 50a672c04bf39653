import { existsSync } from 'node:fs'

/** Takes settings from `.env` in the current folder, where there is one. What the environment says already stays. */
export function loadEnvFile(): void {
  if (existsSync('.env')) process.loadEnvFile('.env')
}
