import { PageHead } from '../parts/panel.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { TimeRange } from '../parts/time-range.tsx'
import { useParam } from '../state/location.ts'
import { Budgets } from './money/budgets.tsx'
import { Concentration } from './money/concentration.tsx'
import { Leaving } from './money/leaving.tsx'
import { Margin } from './money/margin.tsx'
import { OwnMachines } from './money/own-machines.tsx'
import { Spend } from './money/spend.tsx'
import { WhatIf } from './money/what-if.tsx'

/** Those that look at the time that is chosen above; the others have a time of their own. */
const timed = ['spend', 'what-if', 'leaving', null] as const

/** Where the money goes, who brings it back, and what would change if somebody else set the prices. */
export function MoneyPage() {
  const [tab] = useParam('tab')
  return (
    <>
      <PageHead title="Money">{timed.some((each) => each === tab) ? <TimeRange /> : null}</PageHead>
      <Tabs
        label="Money"
        tabs={[
          { id: 'spend', title: 'Spend', show: () => <Spend /> },
          { id: 'margin', title: 'Margin', show: () => <Margin /> },
          { id: 'concentration', title: 'Concentration', show: () => <Concentration /> },
          { id: 'budgets', title: 'Budgets and keys', show: () => <Budgets /> },
          { id: 'what-if', title: 'What if', show: () => <WhatIf /> },
          { id: 'machines', title: 'Own machines', show: () => <OwnMachines /> },
          { id: 'leaving', title: 'Leaving', show: () => <Leaving /> },
        ]}
      />
    </>
  )
}
