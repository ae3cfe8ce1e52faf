import { useEffect } from 'react'
import { Fault } from './parts/states.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { Shell } from './shell/shell.tsx'
import { begin, useSession } from './state/session.ts'

export function App() {
  const session = useSession()
  useEffect(() => void begin(), [])
  switch (session.state) {
    case 'asking':
      return <div className="before" aria-busy="true" />
    case 'out':
      return <SignIn why={session.why} />
    case 'unknown':
      return (
        <main className="before">
          <Fault fault={session.fault} again={() => void begin()} />
        </main>
      )
    case 'in':
      return <Shell session={session.session} />
  }
}
