import type { ReactNode } from 'react'
import { go } from '../state/location.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

export interface Column<Row> {
  readonly title: string
  readonly cell: (row: Row) => ReactNode
  /** Shorter than the title, which then stands in its tooltip. */
  readonly heading?: string
  /** Figures stand right, one below the other. */
  readonly align?: 'right'
  /** A CSS length or share; the others part the rest. */
  readonly width?: string
  /** Left out on a phone; 'very': on a small notebook as well. */
  readonly wideOnly?: boolean | 'very'
  /** By what its order is; null goes last. */
  readonly sort?: (row: Row) => number | string | null
}

export interface Order {
  readonly column: string
  readonly down: boolean
}

export interface TableProps<Row> {
  /** What the table is of, for whoever does not see it. */
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string
  /** The page that a row opens. */
  readonly to?: (row: Row) => string
  readonly current?: string | null
  readonly order?: Order | null
  readonly onOrder?: (order: Order) => void
  /** In place of rows when there are none. */
  readonly empty?: ReactNode
  readonly total?: readonly ReactNode[]
  /** No wider than the page: columns keep their widths, and what is longer is cut. */
  readonly fixed?: boolean
}

export function Table<Row>({
  label,
  columns,
  rows,
  keyOf,
  to,
  current = null,
  order = null,
  onOrder,
  empty,
  total,
  fixed = false,
}: TableProps<Row>) {
  if (rows.length === 0 && empty !== undefined) return <>{empty}</>
  const shown = ordered(rows, columns, order)
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table className={fixed ? 'fixed' : undefined}>
        <caption className="unseen">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.title}
                scope="col"
                className={classOf(column)}
                style={column.width === undefined ? undefined : { inlineSize: column.width }}
                aria-sort={sortOf(column, order)}
                title={column.heading === undefined ? undefined : column.title}
              >
                <Heading column={column} order={order} onOrder={onOrder} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const key = keyOf(row)
            const target = to?.(row)
            return (
              <tr
                key={key}
                className={target === undefined ? undefined : 'opens'}
                aria-current={key === current ? 'true' : undefined}
                onClick={(event) => {
                  // A row is a large place to click; its first cell holds the link for keys and readers.
                  const inside = event.target as Element
                  if (target === undefined || inside.closest('a, button, input') !== null) return
                  if (getSelection()?.isCollapsed === false) return
                  if (event.metaKey || event.ctrlKey) open(target, '_blank', 'noopener')
                  else go(target)
                }}
              >
                {columns.map((column, index) => (
                  <td key={column.title} className={classOf(column)}>
                    {index === 0 && target !== undefined ? (
                      <a
                        href={target}
                        onClick={(event) => {
                          if (event.metaKey || event.ctrlKey || event.shiftKey) return
                          event.preventDefault()
                          go(target)
                        }}
                      >
                        {column.cell(row)}
                      </a>
                    ) : (
                      column.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
        {total === undefined ? null : (
          <tfoot>
            <tr>
              {total.map((cell, index) => (
                <td key={columns[index]!.title} className={classOf(columns[index]!)}>
                  {cell}
                </td>
              ))}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  )
}

function Heading<Row>({
  column,
  order,
  onOrder,
}: {
  readonly column: Column<Row>
  readonly order: Order | null
  readonly onOrder: ((order: Order) => void) | undefined
}) {
  const { title, heading = title, sort } = column
  if (sort === undefined || onOrder === undefined) return <>{heading}</>
  const isOwn = order?.column === title
  return (
    <button
      type="button"
      className="sorter"
      onClick={() => onOrder({ column: title, down: isOwn ? !order.down : true })}
    >
      {heading}
      <span className="sorter-mark" aria-hidden="true">
        {isOwn ? (order.down ? '↓' : '↑') : ''}
      </span>
    </button>
  )
}

function ordered<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | null,
): readonly Row[] {
  const sort = columns.find(({ title }) => title === order?.column)?.sort
  if (order === null || sort === undefined) return rows
  return rows.toSorted((left, right) => {
    const [one, other] = [sort(left), sort(right)]
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1
    const before = one < other ? -1 : one > other ? 1 : 0
    return order.down ? -before : before
  })
}

const wideClass = { true: 'wide-only', false: '', very: 'very-wide-only' } as const

function classOf({
  align,
  wideOnly,
}: Pick<Column<never>, 'align' | 'wideOnly'>): string | undefined {
  const names = [
    align === 'right' ? 'right' : '',
    wideClass[String(wideOnly ?? false) as keyof typeof wideClass],
  ]
  return names.filter((name) => name !== '').join(' ') || undefined
}

function sortOf<Row>({ title, sort }: Column<Row>, order: Order | null) {
  if (sort === undefined || order?.column !== title) return undefined
  return order.down ? 'descending' : 'ascending'
}

/** Pages of a list whose end nobody knows. */
export function Pager({
  onBack,
  onNext,
  children,
}: {
  readonly onBack: (() => void) | null
  readonly onNext: (() => void) | null
  readonly children?: ReactNode
}) {
  return (
    <nav className="pager" aria-label="Pages">
      <span className="pager-note">{children}</span>
      <Button disabled={onBack === null} onClick={() => onBack?.()}>
        <Icon name="left" /> Newer
      </Button>
      <Button disabled={onNext === null} onClick={() => onNext?.()}>
        Older <Icon name="right" />
      </Button>
    </nav>
  )
}
