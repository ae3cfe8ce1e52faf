import type { SettingsJson } from '../../../src/server/contract/settings.ts'
import type { StatusJson } from '../../../src/server/contract/status.ts'
import { bytes, count, unknown } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Faults, Skeleton } from '../../parts/states.tsx'
import { useAsk } from '../../state/ask.ts'
import { OfCustomer } from './of-customer.tsx'

/** What is kept, for how long, how much of it there is, and what there is of one customer. */
export function KeptTab() {
  const settings = useAsk('/api/settings')
  const status = useAsk('/api/status')
  return (
    <div className="stack">
      <Faults of={[settings, status]} />
      <Panel
        title="Retention"
        note={
          <>
            Set by <code>payloads</code> and <code>retention</code> in the configuration. What is
            older is deleted, a little every minute.
          </>
        }
      >
        {settings.answer === null || status.answer === null ? (
          <Skeleton height={190} />
        ) : (
          <Facts settings={settings.answer} ledger={status.answer.ledger} />
        )}
      </Panel>
      <OfCustomer />
    </div>
  )
}

const words = {
  full: 'as they came',
  redacted: 'with personal data and secrets masked',
  none: 'not at all',
} satisfies Record<SettingsJson['payloads'], string>

function Facts({
  settings,
  ledger,
}: {
  readonly settings: SettingsJson
  readonly ledger: StatusJson['ledger']
}) {
  const rows: readonly (readonly [name: string, value: string])[] = [
    ['Prompts and answers', words[settings.payloads]],
    [
      'Both are kept for',
      settings.payloads === 'none' ? unknown : `${daysText(settings.payloads_kept_s)}`,
    ],
    ['Rows of the ledger', `${count(ledger.rows)}, kept for ${daysText(settings.rows_kept_s)}`],
    ['Sums by hour and day', 'kept for ever'],
    [
      'Prompts and answers so far',
      `${count(ledger.payloads_kept)} kept, ${count(ledger.payloads_dropped)} dropped for want of room`,
    ],
    [
      'On the disk',
      `${bytes(ledger.store_bytes)} in ${settings.store}, ${bytes(ledger.disk_free_bytes)} free`,
    ],
    ['Days and months begin in', settings.timezone],
    [
      'While the disk fails',
      settings.when_unavailable === 'refuse' ? 'calls are refused' : 'calls are answered',
    ],
    ['Alarms', settings.alarms_told ? 'told to a webhook as well' : 'shown here and on /metrics'],
  ]
  return (
    <dl className="kept-facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function daysText(seconds: number): string {
  const days = seconds / 86_400
  if (days >= 2) return `${count(days)} days`
  return `${count(seconds / 3_600)} hours`
}
