import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

const brotli = promisify(brotliCompress)
const zip = promisify(gzip)

/** Puts a compressed copy beside each built file that is text, so that the server only has to send it. */
export function compressed(): Plugin {
  let dir = ''
  return {
    name: 'sluice:compressed',
    apply: 'build',
    configResolved: ({ root, build }) => void (dir = join(root, build.outDir, build.assetsDir)),
    async closeBundle() {
      const names = (await readdir(dir)).filter((name) => /\.(js|css|svg)$/.test(name))
      await Promise.all(names.map((name) => compress(join(dir, name))))
    }
  }
}

async function compress(path: string): Promise<void> {
  const content = await readFile(path)
  const size = { [constants.BROTLI_PARAM_SIZE_HINT]: content.length }
  await writeFile(`${path}.br`, await brotli(content, { params: size }))
  await writeFile(`${path}.gz`, await zip(content, { level: constants.Z_BEST_COMPRESSION }))
}
