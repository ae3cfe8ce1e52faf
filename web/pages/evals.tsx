import { PageHead } from '../parts/panel.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { Judges } from './evals/judges.tsx'
import { Labelling } from './evals/labelling.tsx'
import { Runs } from './evals/runs.tsx'

/** What was measured of models on one's own cases, by whose word, and how good that word is. */
export function EvalsPage() {
  return (
    <>
      <PageHead title="Evals" />
      <Tabs
        label="Evals"
        tabs={[
          { id: 'runs', title: 'Runs', show: () => <Runs /> },
          { id: 'judges', title: 'Judges', show: () => <Judges /> },
          { id: 'label', title: 'Label by hand', show: () => <Labelling /> },
        ]}
      />
    </>
  )
}
