import { useEffect, useState } from 'react'
import type { ConfigCheckJson } from '../../../src/server/contract/settings.ts'
import { send } from '../../api.ts'
import { Fault } from '../../fault.ts'

/** After the last key was pressed. */
const restMs = 350

export interface Check {
  /** Of a text that may be older than the one that is shown. */
  readonly answer: ConfigCheckJson | null
  readonly fault: Fault | null
  readonly isOf: (text: string) => boolean
}

/** What the gateway says of a text, once nobody types any more. @param text  null: it is not asked */
export function useCheck(text: string | null): Check {
  const [checked, setChecked] = useState<{
    readonly text: string
    readonly answer: ConfigCheckJson | null
    readonly fault: Fault | null
  } | null>(null)
  useEffect(() => {
    if (text === null) return undefined
    const controller = new AbortController()
    const timer = setTimeout(() => {
      send('POST /api/config/check', { text }, { signal: controller.signal }).then(
        (answer) => setChecked({ text, answer, fault: null }),
        (error: unknown) => {
          if (controller.signal.aborted) return
          const fault = error instanceof Fault ? error : new Fault(String(error))
          setChecked({ text, answer: null, fault })
        },
      )
    }, restMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text])
  return {
    answer: text === null ? null : (checked?.answer ?? null),
    fault: text === null ? null : (checked?.fault ?? null),
    isOf: (other) => checked?.text === other,
  }
}
