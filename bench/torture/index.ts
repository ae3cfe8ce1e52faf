import { budgets } from './budgets.ts'
import { cancels } from './cancels.ts'
import { days } from './days.ts'
import { faults } from './faults.ts'
import { fuzz } from './fuzz.ts'
import { kills } from './kills.ts'
import { leaks } from './leaks.ts'
import { matrix } from './matrix.ts'
import type { Part } from './part.ts'
import { reloads } from './reloads.ts'

export const parts = {
  faults,
  kills,
  budgets,
  reloads,
  cancels,
  fuzz,
  leaks,
  matrix,
  days,
} satisfies Record<string, Part>
