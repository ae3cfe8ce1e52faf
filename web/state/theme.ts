import { Box } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'

const kept = 'freehold.theme'
export const theme = new Box<Theme>(read())

export function setTheme(next: Theme): void {
  try {
    if (next === 'system') localStorage.removeItem(kept)
    else localStorage.setItem(kept, next)
  } catch {
    // A browser that keeps nothing shows the theme until the page is left.
  }
  theme.put(next)
  applyTheme()
}

export function applyTheme(): void {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset['theme']
  else dataset['theme'] = theme.value
  shade.put(shadeNow())
}

const system = matchMedia('(prefers-color-scheme: dark)')
/** What is shown now: charts are drawn anew when it changes. */
export const shade = new Box<'light' | 'dark'>(shadeNow())
system.addEventListener('change', () => shade.put(shadeNow()))

function shadeNow(): 'light' | 'dark' {
  if (theme.value !== 'system') return theme.value
  return system.matches ? 'dark' : 'light'
}

function read(): Theme {
  try {
    const text = localStorage.getItem(kept)
    return text === 'light' || text === 'dark' ? text : 'system'
  } catch {
    return 'system'
  }
}
