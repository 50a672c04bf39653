import { keepCompiledCode } from '../services/platform/compile-cache.js'

keepCompiledCode()
await import('../server.ts')
