import { type ReactNode, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { Table } from '../parts/table.tsx'

export interface Legend {
  readonly label: string
  /** A custom property of the style, '--series-1'. */
  readonly colour: string
  readonly value: string
  readonly faint?: boolean
}

/** What a chart shows, in words and figures, for whoever would rather read it. */
export interface ChartTable {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** Title, unit and legend of a chart, and the same figures as a table. */
export function ChartFrame({
  title,
  unit,
  legend = [],
  table,
  children,
}: {
  readonly title: string
  /** 'USD per hour', 'seconds' */
  readonly unit: string
  readonly legend?: readonly Legend[]
  readonly table: () => ChartTable
  readonly children: ReactNode
}) {
  const [asTable, setAsTable] = useState(false)
  return (
    <figure className="chart">
      <figcaption>
        <h2 className="chart-title">{title}</h2>
        <span className="chart-unit">{unit}</span>
        <ul className="legend" hidden={legend.length === 0}>
          {legend.map(({ label, colour, value, faint = false }) => (
            <li key={label} className={faint ? 'faint' : undefined}>
              <span className="legend-mark" style={{ background: `var(${colour})` }} />
              <span className="legend-label">{label}</span>
              <span className="figure">{value}</span>
            </li>
          ))}
        </ul>
        <Button
          kind="quiet"
          icon="table"
          label={asTable ? `${title}: show as a chart` : `${title}: show as a table`}
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      </figcaption>
      {asTable ? <AsTable title={title} {...table()} /> : null}
      {/* Kept, so that a chart that draws itself finds its place whenever it does. */}
      <div hidden={asTable}>{children}</div>
    </figure>
  )
}

function AsTable({ title, head, rows }: ChartTable & { readonly title: string }) {
  return (
    <div className="chart-table">
      <Table
        label={title}
        columns={head.map((name, index) => ({
          title: name,
          cell: (row: readonly string[]) => row[index],
          ...(index === 0 ? {} : { align: 'right' as const }),
        }))}
        rows={rows}
        keyOf={(row) => row.join('\u0000')}
      />
    </div>
  )
}

/** In the order in which they are given out: told apart also by those who see fewer colours. */
export function seriesColour(index: number): string {
  return `--series-${(index % 8) + 1}`
}
