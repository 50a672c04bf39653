import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { renderChart } from './helm.ts'

const at = (path: string) => fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url))

/** The plain manifests and what they are rendered from. */
export const PLAIN = { manifests: at('kubernetes/sluice.yaml'), values: at('helm/plain-values.yaml') }

if (import.meta.main) await writeFile(PLAIN.manifests, await renderChart({ valuesFile: PLAIN.values }))
