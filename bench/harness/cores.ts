import { cpus } from 'node:os'

/** The process under test has the first core for itself; load has the second, the vendor a third where there is one. */
export const testedCore = 0
export const loadCore = Math.min(1, cpus().length - 1)
export const vendorCore = Math.min(2, cpus().length - 1)
