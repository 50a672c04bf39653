import manifest from '../../package.json' with { type: 'json' }

/** Of this Sluice, such as `0.2.0`. */
export const VERSION: string = manifest.version
