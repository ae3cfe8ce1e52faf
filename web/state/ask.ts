import { useCallback, useEffect, useRef, useState } from 'react'
import { read, type ReadOptions, type Reads, send, urlOf, type Writes } from '../api.ts'
import { Fault } from '../fault.ts'
import { isAlike, keep, known, shared } from './answers.ts'
import { sessionEnded } from './session.ts'

export interface Asked<Answer> {
  /**
   * The last answer. While another one is on its way it stays, so that nothing jumps; where none comes it
   * stays if it is one to the same question.
   */
  readonly answer: Answer | null
  readonly fault: Fault | null
  readonly pending: boolean
  readonly again: () => void
}

export interface AskOptions extends Omit<ReadOptions, 'signal'> {
  /** Asked again so often while somebody looks. */
  readonly everyMs?: number
}

interface State<Answer> {
  /** Of which path the answer is: one of another path is not shown. */
  readonly path: string | null
  readonly url: string | null
  /** To which the answer is one. */
  readonly answered: string | null
  readonly answer: Answer | null
  readonly fault: Fault | null
}

/** What /api answers. @param path  null: nothing is asked yet */
export function useAsk<Path extends keyof Reads>(
  path: Path | null,
  { rest, query, everyMs }: AskOptions = {},
): Asked<Reads[Path]> {
  type Answer = Reads[Path]
  const url =
    path === null
      ? null
      : urlOf(path, { ...(rest === undefined ? {} : { rest }), ...(query ? { query } : {}) })
  const base = path === null ? null : `${path} ${rest ?? ''}`
  const [state, setState] = useState<State<Answer>>({
    path: null,
    url: null,
    answered: null,
    answer: null,
    fault: null,
  })
  const [turn, setTurn] = useState(0)
  const again = useCallback(() => setTurn((last) => last + 1), [])
  const asking = useRef<string | null>(null)

  useEffect(() => {
    if (url === null || base === null) return undefined
    asking.current = url
    const [bare = '', text = ''] = url.split('?')
    let isLeft = false
    const { promise, leave } = shared(url, (signal) =>
      read(bare as Path, { query: queryAsIs(text), signal }),
    )
    promise.then(
      (answer) => {
        keep(url, answer)
        if (isLeft) return
        asking.current = null
        setState({ path: base, url, answered: url, answer, fault: null })
      },
      (error: unknown) => {
        if (isLeft) return
        asking.current = null
        const fault = error instanceof Fault ? error : new Fault(String(error))
        if (fault.signedOut) sessionEnded()
        setState((last) => {
          const stays = last.answered !== null && isAlike(last.answered, url)
          const { answered, answer } = stays ? last : { answered: null, answer: null }
          return { path: base, url, answered, answer, fault }
        })
      },
    )
    return () => {
      isLeft = true
      leave()
    }
  }, [url, base, turn])

  useEffect(() => {
    if (everyMs === undefined || url === null) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && asking.current === null) again()
    }, everyMs)
    return () => clearInterval(timer)
  }, [everyMs, url, again])

  const kept = url === null ? null : ((known(url) as Answer | undefined) ?? null)
  const isOwn = state.path === base && base !== null
  return {
    answer: state.url === url && isOwn ? state.answer : (kept ?? (isOwn ? state.answer : null)),
    fault: isOwn && state.url === url ? state.fault : null,
    pending: url !== null && state.url !== url,
    again,
  }
}

export interface Sending<Name extends keyof Writes> {
  readonly busy: boolean
  readonly fault: Fault | null
  readonly answer: Writes[Name]['answer'] | null
  /** @returns null when it failed; `fault` says why */
  readonly start: (
    sent: Writes[Name]['sent'],
    rest?: string,
  ) => Promise<Writes[Name]['answer'] | null>
  readonly clear: () => void
}

/** Something that is changed at the gateway when somebody says so. */
export function useSend<Name extends keyof Writes>(name: Name): Sending<Name> {
  const [state, setState] = useState<Pick<Sending<Name>, 'busy' | 'fault' | 'answer'>>({
    busy: false,
    fault: null,
    answer: null,
  })
  const start = useCallback(
    async (sent: Writes[Name]['sent'], rest?: string) => {
      setState({ busy: true, fault: null, answer: null })
      try {
        const answer = await send(name, sent, rest === undefined ? {} : { rest })
        setState({ busy: false, fault: null, answer })
        return answer
      } catch (error) {
        const fault = error instanceof Fault ? error : new Fault(String(error))
        if (fault.signedOut) sessionEnded()
        setState({ busy: false, fault, answer: null })
        return null
      }
    },
    [name],
  )
  const clear = useCallback(() => setState({ busy: false, fault: null, answer: null }), [])
  return { ...state, start, clear }
}

/** The url is whole already: nothing of it is put together again. */
function queryAsIs(text: string): Readonly<Record<string, readonly string[]>> {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of new URLSearchParams(text)) (lists[name] ??= []).push(value)
  return lists
}
