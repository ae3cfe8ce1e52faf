import { useCallback, useEffect, useRef, useState } from 'react'
import type { WholeCallJson } from '../../../src/server/contract/calls.ts'
import { read } from '../../api.ts'
import { Fault } from '../../fault.ts'
import { playStream, type StreamHead, type StreamUsage } from '../../stream.ts'

/** What one model has said to the prompt so far. */
export interface Run {
  readonly model: string
  readonly state: 'asking' | 'speaking' | 'done' | 'stopped' | 'failed'
  readonly head: StreamHead | null
  readonly text: string
  readonly reasoning: string
  readonly finish: string | null
  readonly usage: StreamUsage | null
  /** As this browser saw it, in microseconds; null before. */
  readonly firstUs: number | null
  readonly totalUs: number | null
  /** As the ledger has it; null until it does. */
  readonly booked: WholeCallJson | null
  /** The ledger was asked, and had nothing. */
  readonly unbooked: boolean
  readonly fault: Fault | null
}

/** Everything that is asked of each model but which model it is. */
export type Question = Readonly<Record<string, unknown>>

interface Runs {
  readonly runs: readonly Run[]
  readonly busy: boolean
  readonly start: (models: readonly string[], question: Question) => void
  /** Without a model: all of them. */
  readonly stop: (model?: string) => void
}

/** One question to several models at once. Those who leave the page leave the calls. */
export function useRuns(): Runs {
  const [runs, setRuns] = useState<readonly Run[]>([])
  const open = useRef(new Map<string, AbortController>())
  const round = useRef(0)

  const start = useCallback((models: readonly string[], question: Question) => {
    for (const each of open.current.values()) each.abort()
    open.current.clear()
    round.current += 1
    const now = round.current
    setRuns(models.map(begun))
    for (const model of models) {
      const controller = new AbortController()
      open.current.set(model, controller)
      const put = (change: (run: Run) => Partial<Run>): void => {
        if (round.current !== now) return
        setRuns((all) => all.map((run) => (run.model === model ? { ...run, ...change(run) } : run)))
      }
      void ask(model, question, controller.signal, put).finally(() => {
        if (round.current === now) open.current.delete(model)
      })
    }
  }, [])

  const stop = useCallback((model?: string) => {
    for (const [name, controller] of open.current)
      if (model === undefined || name === model) controller.abort()
  }, [])

  useEffect(() => {
    const calls = open.current
    return () => {
      for (const each of calls.values()) each.abort()
    }
  }, [])

  const busy = runs.some(({ state }) => state === 'asking' || state === 'speaking')
  return { runs, busy, start, stop }
}

function begun(model: string): Run {
  return {
    model,
    state: 'asking',
    head: null,
    text: '',
    reasoning: '',
    finish: null,
    usage: null,
    firstUs: null,
    totalUs: null,
    booked: null,
    unbooked: false,
    fault: null,
  }
}

type Put = (change: (run: Run) => Partial<Run>) => void

async function ask(
  model: string,
  question: Question,
  signal: AbortSignal,
  put: Put,
): Promise<void> {
  const began = performance.now()
  const sinceUs = (): number => (performance.now() - began) * 1_000
  let requestId: string | null = null
  try {
    await playStream(
      { ...question, model },
      { feature: 'playground', signal },
      {
        onHead: (head) => {
          requestId = head.requestId
          put(() => ({ head }))
        },
        onWords: ({ text, reasoning }) => {
          const at = sinceUs()
          put((run) => ({
            state: 'speaking',
            text: run.text + text,
            reasoning: run.reasoning + reasoning,
            firstUs: run.firstUs ?? at,
          }))
        },
        onUsage: (usage) => put(() => ({ usage })),
        onFinish: (finish) => put(() => ({ finish })),
      },
    )
    put(() => ({ state: 'done', totalUs: sinceUs() }))
  } catch (error) {
    const totalUs = sinceUs()
    if (signal.aborted) put(() => ({ state: 'stopped', totalUs }))
    else {
      const fault = error instanceof Fault ? error : new Fault(String(error))
      requestId ??= fault.requestId
      put(() => ({ state: 'failed', totalUs, fault }))
    }
  }
  const booked = requestId === null ? null : await bookedCall(requestId)
  put(() => ({ booked, unbooked: booked === null }))
}

/** A call that was left is booked a moment later. */
const looksMs = [0, 200, 500, 1_000, 2_000]

async function bookedCall(requestId: string): Promise<WholeCallJson | null> {
  for (const waitMs of looksMs) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    try {
      return await read('/api/calls/*', { rest: requestId })
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'call_not_found') return null
    }
  }
  return null
}
