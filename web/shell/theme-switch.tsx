import { Button } from '../parts/button.tsx'
import { useBox } from '../state/store.ts'
import { setTheme, theme } from '../state/theme.ts'

const after = { system: 'light', light: 'dark', dark: 'system' } as const
const icons = { system: 'auto', light: 'sun', dark: 'moon' } as const
const words = {
  system: 'Colours as the system has them',
  light: 'Light colours',
  dark: 'Dark colours',
} as const

export function ThemeSwitch() {
  const now = useBox(theme)
  return (
    <Button
      kind="quiet"
      icon={icons[now]}
      label={`${words[now]}. Change to: ${words[after[now]].toLowerCase()}`}
      onClick={() => setTheme(after[now])}
    />
  )
}

export function nextTheme(): void {
  setTheme(after[theme.value])
}
