import { useEffect, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { count } from '../parts/format.ts'
import { PageHead } from '../parts/panel.tsx'
import { Empty, Fault, Skeleton } from '../parts/states.tsx'
import { Pager } from '../parts/table.tsx'
import { TimeRange } from '../parts/time-range.tsx'
import { useAsk } from '../state/ask.ts'
import { go, useParam, usePlace, withParams } from '../state/location.ts'
import { spanOf, useRange } from '../state/range.ts'
import { CallsTable } from './calls/calls-table.tsx'
import { Filters, filtersOf, isFiltered, noFilters } from './calls/filters.tsx'
import { useTail } from './calls/tail.ts'

const pageCalls = 50

/** Every call, the newest first: found by what it was for, what it cost, how long it took, and what was said. */
export function CallsPage() {
  const range = useRange()
  const { query } = usePlace()
  const filters = filtersOf(query)
  const [before] = useParam('before')
  const [live, setLive] = useParam('live')
  const [, setCurrent] = useState(0)
  const isLive = live === '1' && before === null
  // A list that grows by itself every half minute would take away the row that one reads.
  const [span, setSpan] = useState(() => spanOf(range))
  const { relative } = range
  const ends = relative === null ? range.until.getTime() : 0
  const wanted = JSON.stringify([relative, relative === null ? range.since.getTime() : 0, ends])
  useEffect(() => setSpan(spanOf(range)), [wanted])
  const asked = useAsk('/api/calls', {
    query: { ...filters, ...span, limit: pageCalls, ...(before === null ? {} : { before }) },
  })
  const tail = useTail(isLive, filters, asked.answer?.calls[0]?.id ?? null)
  const calls = [...tail.calls, ...(asked.answer?.calls ?? [])]
  const isEmpty = asked.answer !== null && calls.length === 0
  const again = (): void => {
    setSpan(spanOf({ since: range.since, until: new Date() }))
    setCurrent((turn) => turn + 1)
    asked.again()
  }
  return (
    <>
      <PageHead title="Calls">
        <Button
          icon={isLive ? 'pause' : 'playground'}
          pressed={isLive}
          onClick={() => {
            if (isLive) setLive(null)
            else go(withParams({ live: '1', before: null }), { replace: true })
          }}
        >
          {isLive ? 'Live' : 'Follow live'}
        </Button>
        <Button icon="refresh" label="Look again" busy={asked.pending} onClick={again} />
        <TimeRange comparison={false} />
      </PageHead>
      <Filters />
      {asked.fault === null ? null : <Fault fault={asked.fault} again={asked.again} />}
      {tail.fault === null ? null : <Fault fault={tail.fault} />}
      <p className="unseen" role="status">
        {isLive && tail.calls.length > 0 ? `${tail.calls.length} calls came while you looked` : ''}
      </p>
      <section className="panel flush calls">
        {asked.answer === null ? (
          asked.fault === null ? (
            <Skeleton lines={16} />
          ) : null
        ) : isEmpty ? (
          <Nothing filtered={isFiltered(filters)} next={asked.answer.next} />
        ) : (
          <CallsTable calls={calls} fresh={tail.ids} />
        )}
        {asked.answer === null ? null : (
          <Pager
            onBack={before === null ? null : () => history.back()}
            onNext={
              asked.answer.next === null
                ? null
                : () => go(withParams({ before: asked.answer!.next, live: null }))
            }
          >
            {count(calls.length)} calls on this page
            {asked.answer.looked === null
              ? null
              : `, of ${count(asked.answer.looked)} whose words were looked through`}
          </Pager>
        )}
      </section>
    </>
  )
}

function Nothing({ filtered, next }: { readonly filtered: boolean; readonly next: string | null }) {
  if (next !== null) {
    return (
      <Empty title="Nothing on this page">
        Nothing that fits was among the calls that were looked through. Older ones may fit.
      </Empty>
    )
  }
  return filtered ? (
    <Empty
      title="No call fits"
      action={
        <Button onClick={() => go(withParams(noFilters))}>Show all calls of this time</Button>
      }
    >
      No call of this time has all that is asked for above.
    </Empty>
  ) : (
    <Empty title="No call in this time">
      Calls appear here within two seconds of their end. To send a first one, point an OpenAI or
      Anthropic client at <code>{location.origin}/v1</code> with a key of yours.
    </Empty>
  )
}
