import { version as packageVersion } from '../../package.json'

/** Of the package: what `--version` says and vendors see. */
export const version: string = packageVersion
