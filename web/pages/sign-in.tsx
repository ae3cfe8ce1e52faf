import { type FormEvent, useState } from 'react'
import { Button } from '../parts/button.tsx'
import { TextField } from '../parts/field.tsx'
import { signInWith } from '../state/session.ts'
import { Mark } from '../shell/mark.tsx'

/** For whoever has no session: a key, or a one-time link from a terminal. */
export function SignIn({ why }: { readonly why: string | null }) {
  const [key, setKey] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    await signInWith(key.trim())
    setBusy(false)
  }
  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <Mark />
        <h1>Sign in to Freehold</h1>
        <TextField
          label="Admin or viewer key"
          type="password"
          value={key}
          onChange={setKey}
          autoComplete="current-password"
          required
          error={why}
          hint={
            <>
              The first start wrote one to <code>admin.key</code> in the store’s folder.
            </>
          }
        />
        <Button type="submit" kind="primary" busy={busy} disabled={key.trim() === ''}>
          Sign in
        </Button>
        <p className="sign-in-other">
          Or run <code>freehold dashboard</code> where the gateway runs and open the link that it
          prints. It works once.
        </p>
      </form>
    </main>
  )
}
