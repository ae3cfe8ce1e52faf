import { PageHead, Panel } from '../parts/panel.tsx'
import { Empty } from '../parts/states.tsx'
import { Tabs } from '../parts/tabs.tsx'
import { useIsAdmin } from '../state/session.ts'
import { Budgets } from './money/budgets.tsx'
import { Changes } from './settings/changes.tsx'
import { ConfigurationTab } from './settings/configuration.tsx'
import { KeptTab } from './settings/kept.tsx'

/** What the gateway was told, what it keeps, and who has changed it. */
export function SettingsPage() {
  const isAdmin = useIsAdmin()
  return (
    <>
      <PageHead title="Settings" />
      <Tabs
        label="Settings"
        tabs={[
          {
            id: 'configuration',
            title: 'Configuration',
            show: () => (isAdmin ? <ConfigurationTab /> : <ForAdmins />),
          },
          { id: 'keys', title: 'Keys', show: () => <Budgets /> },
          { id: 'kept', title: 'Kept data', show: () => <KeptTab /> },
          { id: 'changes', title: 'Changes', show: () => <Changes /> },
        ]}
      />
    </>
  )
}

function ForAdmins() {
  return (
    <Panel title="Configuration">
      <Empty title="The configuration is shown to admins">
        You are signed in to look. What is in force shows on the other pages.
      </Empty>
    </Panel>
  )
}
