import type { SessionJson } from '../../src/server/contract/session.ts'
import { read, send } from '../api.ts'
import { Fault } from '../fault.ts'
import { forget } from './answers.ts'
import { Box, useBox } from './store.ts'

export type SignedIn =
  | { readonly state: 'asking' }
  | { readonly state: 'out'; readonly why: string | null }
  | { readonly state: 'in'; readonly session: SessionJson }
  | { readonly state: 'unknown'; readonly fault: Fault }

const signedIn = new Box<SignedIn>({ state: 'asking' })

export function useSession(): SignedIn {
  return useBox(signedIn)
}

/** Whether the browser may show what changes something: the gateway asks again itself. */
export function useIsAdmin(): boolean {
  const now = useSession()
  return now.state === 'in' && now.session.role === 'admin'
}

const linkMark = '#sign-in='

/** Who this browser is. A one-time link is used up, and taken out of the address. */
export async function begin(): Promise<void> {
  if (location.hash.startsWith(linkMark)) {
    const link = location.hash.slice(linkMark.length)
    history.replaceState(null, '', location.pathname + location.search)
    return signInWith(link)
  }
  try {
    signedIn.put({ state: 'in', session: await read('/api/session') })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    signedIn.put(error.signedOut ? { state: 'out', why: null } : { state: 'unknown', fault: error })
  }
}

/** @param secret  an admin's or viewer's key, or what a one-time link holds */
export async function signInWith(secret: string): Promise<void> {
  try {
    const session = await send('POST /api/session', null, { key: secret })
    forget()
    signedIn.put({ state: 'in', session })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    signedIn.put({ state: 'out', why: error.message })
  }
}

export async function signOut(): Promise<void> {
  let why: string | null = null
  try {
    await send('DELETE /api/session', null)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (!error.signedOut) why = `This browser may still be signed in: ${error.message}`
  }
  forget()
  signedIn.put({ state: 'out', why })
}

/** An answer said that the session is over. */
export function sessionEnded(): void {
  if (signedIn.value.state !== 'in') return
  signedIn.put({ state: 'out', why: 'The session has ended. Sign in again to go on.' })
}
