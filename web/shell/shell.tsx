import { useEffect, useRef, useState } from 'react'
import type { SessionJson } from '../../src/server/contract/session.ts'
import { type Page, pages } from '../pages/index.ts'
import { Link, Button } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { Empty } from '../parts/states.tsx'
import { pathTo, usePlace } from '../state/location.ts'
import { underWay } from '../state/answers.ts'
import { signOut } from '../state/session.ts'
import { useBox } from '../state/store.ts'
import { Guard } from './guard.tsx'
import { Mark } from './mark.tsx'
import { Shortcuts, useShortcuts } from './shortcuts.tsx'
import { Simulated } from './simulated.tsx'
import { ThemeSwitch } from './theme-switch.tsx'

export function Shell({ session }: { readonly session: SessionJson }) {
  const { path } = usePlace()
  const [menu, setMenu] = useState(false)
  const [help, setHelp] = useState(false)
  useShortcuts(() => setHelp(true))
  const { page, id } = find(path)
  const main = useRef<HTMLElement>(null)
  const shown = useRef(path)
  useEffect(() => setMenu(false), [path])
  useEffect(() => {
    document.title = page === null ? 'Freehold' : `${page.title} · Freehold`
    // Whoever hears the page rather than sees it is told that there is another one.
    if (shown.current !== path) main.current?.focus({ preventScroll: true })
    shown.current = path
  }, [page, path])
  return (
    <div className="shell">
      <Progress />
      <a className="skip" href="#main">
        To the page
      </a>
      <aside className={menu ? 'side open' : 'side'}>
        <div className="side-head">
          <Link className="brand" to={pathTo('/')} title="Overview">
            <Mark />
            <span>Freehold</span>
          </Link>
          <span className="side-menu">
            <Button
              kind="quiet"
              icon={menu ? 'close' : 'menu'}
              label={menu ? 'Close the menu' : 'Open the menu'}
              onClick={() => setMenu(!menu)}
            />
          </span>
        </div>
        <nav aria-label="Pages">
          {pages.map((each) => (
            <Link
              key={each.path}
              to={pathTo(each.path)}
              current={each === page}
              title={`G then ${each.key.toUpperCase()}`}
            >
              <Icon name={each.icon} />
              {each.title}
            </Link>
          ))}
        </nav>
        <div className="side-foot">
          <ThemeSwitch />
          <span className="who" title={`Signed in with the key ${session.key}`}>
            <span className="who-key">{session.key}</span>
            <span className="who-role">{session.role}</span>
          </span>
          <Button
            kind="quiet"
            icon="help"
            label="Keyboard shortcuts"
            onClick={() => setHelp(true)}
          />
          <Button kind="quiet" icon="out" label="Sign out" onClick={() => void signOut()} />
        </div>
      </aside>
      <main id="main" ref={main} tabIndex={-1}>
        <Simulated />
        <Guard key={path}>
          {page === null ? (
            <Nowhere />
          ) : id === null || page.detail === undefined ? (
            <page.show />
          ) : (
            <page.detail id={id} />
          )}
        </Guard>
      </main>
      {help ? <Shortcuts onClose={() => setHelp(false)} /> : null}
    </div>
  )
}

/** Something has been on its way for a while: what is shown is the last that was known. */
function Progress() {
  return useBox(underWay) === 0 ? null : <div className="progress" aria-hidden="true" />
}

/** Whose page a path is, and what of it is looked at. */
function find(path: string): { readonly page: Page | null; readonly id: string | null } {
  const whole = pages.find((each) => each.path === path)
  if (whole !== undefined) return { page: whole, id: null }
  const over = pages.find((each) => each.path !== '/' && path.startsWith(`${each.path}/`))
  if (over === undefined) return { page: null, id: null }
  return { page: over, id: decoded(path.slice(over.path.length + 1)) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function Nowhere() {
  return (
    <Empty title="There is no such page">
      The address may be of another version. <Link to={pathTo('/')}>To the overview</Link>
    </Empty>
  )
}
