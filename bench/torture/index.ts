import { budgets } from './budgets.ts'
import { cancels } from './cancels.ts'
import { faults } from './faults.ts'
import { kills } from './kills.ts'
import type { Part } from './part.ts'
import { reloads } from './reloads.ts'

export const parts = { faults, kills, budgets, reloads, cancels } satisfies Record<string, Part>
