import type {
  AttemptJson,
  CostLineJson,
  WholeCallJson,
} from '../../../src/server/contract/calls.ts'
import { Money } from '../../parts/figures.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Table } from '../../parts/table.tsx'

interface Line {
  readonly attempt: number
  readonly meter: string
  readonly count: number
  readonly rate: string | null
  readonly currency: string
  readonly usd: string | null
}

/** What was counted, what each kind is sold for, and where that was read. */
export function Costs({ call }: { readonly call: WholeCallJson }) {
  const lines = call.attempts.flatMap((attempt) =>
    linesOf(attempt, call.cost_lines[String(attempt.attempt)]),
  )
  const several = new Set(lines.map(({ attempt }) => attempt)).size > 1
  return (
    <Panel title="Tokens and cost" flush>
      <Table
        label="Cost lines"
        rows={lines}
        keyOf={({ attempt, meter }) => `${attempt} ${meter}`}
        empty={<p className="panel-empty">Nothing was counted: no provider answered.</p>}
        columns={[
          {
            title: 'Kind',
            cell: ({ attempt, meter }) =>
              several ? `${attempt}. ${nameOf(meter)}` : nameOf(meter),
          },
          { title: 'Number', align: 'right', cell: (line) => count(line.count) },
          {
            title: 'per million',
            align: 'right',
            wideOnly: true,
            cell: ({ rate, currency }) =>
              rate === null ? <span className="unknown">–</span> : `${rate} ${currency}`,
          },
          {
            title: 'Cost',
            align: 'right',
            cell: ({ usd, rate }) =>
              usd === null && rate === null ? (
                <span className="unknown">–</span>
              ) : (
                <Money usd={usd} />
              ),
          },
        ]}
        total={['All attempts', '', '', <Money key="sum" usd={call.cost_usd} />]}
      />
      <Sources call={call} />
    </Panel>
  )
}

function linesOf(
  { attempt, tokens, units }: AttemptJson,
  known: readonly CostLineJson[] | undefined,
): readonly Line[] {
  if (known !== undefined && known.length > 0) {
    return known.map(({ meter, count: number, rate, currency, cost_usd: usd }) => ({
      attempt,
      meter,
      count: number,
      rate,
      currency,
      usd,
    }))
  }
  return Object.entries({ ...tokens, ...units }).flatMap(([meter, number]) =>
    number === 0 ? [] : [{ attempt, meter, count: number, rate: null, currency: 'USD', usd: null }],
  )
}

function nameOf(meter: string): string {
  return meter.replaceAll('_', ' ')
}

/** By the ledger's word for where a cost comes from. */
export const costSources: Readonly<Record<string, string>> = {
  table: 'by the price card',
  own: 'by a price of your own',
  gpu: 'by the time of your own machines',
  none: 'nothing was charged',
  unknown: 'no price is known',
}

function Sources({ call }: { readonly call: WholeCallJson }) {
  return (
    <ul className="cost-sources">
      {call.attempts.map(
        ({
          attempt,
          price_id: id,
          cost_source: source,
          usage_source: usage,
          reported_usd: reported,
        }) => {
          const page = id === null ? undefined : call.price_sources[id]
          return (
            <li key={attempt}>
              {call.attempts.length > 1 ? `${attempt}. ` : ''}
              {costSources[source] ?? source}
              {id === null ? '' : ` ${id}`}
              {page === undefined ? null : (
                <>
                  , read at <SourcePage page={page} />
                </>
              )}
              {usage === 'provider' ? '' : `; tokens: ${usage}`}
              {reported === null ? '' : `; the provider itself said ${reported} USD`}
            </li>
          )
        },
      )}
    </ul>
  )
}

/** A card's source is a web page and who read it, or words: only the page is a link. */
function SourcePage({ page }: { readonly page: string }) {
  const address = /^https:\/\/[^\s;,]+/.exec(page)?.[0]
  if (address === undefined) return <>{page}</>
  return (
    <a href={address} target="_blank" rel="noopener noreferrer" title={page}>
      {address.replace('https://', '')}
    </a>
  )
}
