import { useRef } from 'react'
import { pages } from '../pages/index.ts'
import { Dialog } from '../parts/dialog.tsx'
import { useKeys } from '../state/keys.ts'
import { go, pathTo } from '../state/location.ts'
import { nextTheme } from './theme-switch.tsx'

/** How long a key after G may take. */
const secondMs = 1_500

/** Keys that work on every page. Pages have their own with `useKeys`. */
export function useShortcuts(help: () => void): void {
  const afterG = useRef(0)
  useKeys((key, event) => {
    if (Date.now() - afterG.current < secondMs) {
      afterG.current = 0
      const page = pages.find((each) => each.key === key)
      if (page !== undefined) {
        go(pathTo(page.path))
        return true
      }
    }
    switch (key) {
      case 'g':
        afterG.current = Date.now()
        return true
      case 't':
        nextTheme()
        return true
      case '?':
        help()
        return true
      case '/': {
        const field = document.querySelector<HTMLElement>('#main input[type="search"]')
        if (field === null) return false
        event.preventDefault()
        field.focus()
        return true
      }
      default:
        return false
    }
  })
}

export function Shortcuts({ onClose }: { readonly onClose: () => void }) {
  const rows = [
    ...pages.map(({ key, title }) => [`G ${key.toUpperCase()}`, title] as const),
    ['/', 'Search on this page'],
    ['J K', 'Next and previous row of a list'],
    ['Enter', 'Open the row'],
    ['[ ]', 'Earlier and later time'],
    ['T', 'Light, dark, or as the system'],
    ['?', 'This list'],
  ] as const
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
