import type { PriceVersionJson, SegmentJson } from '../../../src/server/prices-json.ts'
import { When } from '../../parts/figures.tsx'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag, type Tone } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { useAsk } from '../../state/ask.ts'
import { spanOf, useRange } from '../../state/range.ts'
import { Price } from '../tasks/price.tsx'

interface Row {
  readonly key: string
  readonly model: string
  readonly at: string | null
  readonly segment: SegmentJson | null
  readonly word: string
  readonly tone: Tone
}

/** Prices that changed in this time, and those that somebody has to look at. */
export function Prices({ provider = null }: { readonly provider?: string | null }) {
  const range = useRange()
  const prices = useAsk('/api/prices')
  const benchmark = useAsk('/api/benchmark', { query: { provider, ...spanOf(range) } })
  const fault = prices.fault ?? benchmark.fault
  const versions = (prices.answer?.versions ?? []).filter(
    (each) => provider === null || each.provider === provider,
  )
  const changed = (benchmark.answer?.rows ?? []).flatMap(({ model, price_changes: changes }) =>
    changes.map((at): Row => ({
      key: `${model} ${at}`,
      model,
      at,
      segment: null,
      word: 'changed',
      tone: 'warning',
    })),
  )
  const written = versions.toReversed().map(versionRow)
  // A card of the book that came into force is one change, and not two.
  const isWritten = ({ model, at }: Row): boolean =>
    written.some((row) => row.model === model && dayOf(row.at) === dayOf(at))
  const rows = [...written, ...changed.filter((row) => !isWritten(row))].slice(0, 12)
  return (
    <Panel title="Prices that changed" flush>
      {fault === null ? null : <Fault fault={fault} />}
      {prices.answer === null || benchmark.answer === null ? (
        fault === null ? (
          <Skeleton lines={4} />
        ) : null
      ) : (
        <Table
          label="Prices that changed"
          rows={rows}
          keyOf={({ key }) => key}
          empty={
            <Empty title="No price changed">
              Of the models that were called in this time none got another card, and nothing was
              imported into the price book.
            </Empty>
          }
          columns={[
            { title: 'Model', cell: ({ model }) => <span className="task-name">{model}</span> },
            { title: 'State', cell: ({ word, tone }) => <Tag tone={tone}>{word}</Tag> },
            {
              title: 'In / out',
              align: 'right',
              cell: ({ segment }) =>
                segment === null ? (
                  ''
                ) : (
                  <Price
                    input={segment.price['input'] ?? null}
                    output={segment.price['output'] ?? null}
                    currency={segment.currency}
                  />
                ),
            },
            { title: 'From', align: 'right', cell: ({ at }) => <When at={at} style="date" /> },
          ]}
        />
      )}
    </Panel>
  )
}

function dayOf(at: string | null): string | null {
  return at === null ? null : at.slice(0, 10)
}

function versionRow({
  id,
  provider,
  model,
  state,
  added_at: added,
  segments,
}: PriceVersionJson): Row {
  const last = segments.at(-1) ?? null
  return {
    key: `version ${id}`,
    model: `${provider}/${model}`,
    at: last?.from ?? added,
    segment: last,
    word: state,
    tone: state === 'held' ? 'warning' : 'plain',
  }
}
