import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { compressed } from './compress.ts'

/** Where `npm run dev` in this folder finds a server to show: the demo's, unless told otherwise. */
const server = process.env['SLUICE_URL'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  // The page says by its base where it is, which the server knows.
  base: './',
  plugins: [react(), compressed()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Inlined files would need `data:` in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: {
      output: {
        // What many pages need comes in a few files: each costs a round trip, and one that imports another costs two.
        codeSplitting: {
          groups: [
            { name: 'libraries', test: /node_modules/, minShareCount: 4 },
            { name: 'shared', test: /console\/(api|app|parts)\//, minShareCount: 3 }
          ]
        }
      }
    }
  },
  server: { proxy: { '/admin': server, '/me': server } }
})
