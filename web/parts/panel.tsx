import type { ReactNode } from 'react'
import { pathTo } from '../state/location.ts'
import { Link } from './button.tsx'

/** A part of a page with a heading of its own. */
export function Panel({
  title,
  note,
  aside,
  children,
  flush = false,
}: {
  readonly title: string
  /** A sentence below the heading. */
  readonly note?: ReactNode
  /** At the end of the heading's line. */
  readonly aside?: ReactNode
  readonly children: ReactNode
  /** What is inside reaches the edges: tables. */
  readonly flush?: boolean
}) {
  return (
    <section className={flush ? 'panel flush' : 'panel'}>
      <header>
        <h2>{title}</h2>
        {aside === undefined ? null : <div className="panel-aside">{aside}</div>}
        {note === undefined ? null : <p className="panel-note">{note}</p>}
      </header>
      <div className="panel-body">{children}</div>
    </section>
  )
}

/** The same around a chart, which has a heading of its own. */
export function Card({ children }: { readonly children: ReactNode }) {
  return <section className="panel card">{children}</section>
}

/** The head of a page: its name, what is set for all of it, and what can be done. */
export function PageHead({
  title,
  below,
  children,
}: {
  readonly title: ReactNode
  /** The page that leads here, before the title. */
  readonly below?: { readonly title: string; readonly path: string }
  readonly children?: ReactNode
}) {
  return (
    <header className="page-head">
      <h1>
        {below === undefined ? null : (
          <>
            <Link className="crumb" to={pathTo(below.path)}>
              {below.title}
            </Link>
            <span className="crumb-slash" aria-hidden="true">
              /
            </span>
          </>
        )}
        {title}
      </h1>
      <div className="page-tools">{children}</div>
    </header>
  )
}
