import type { ConfigCheckJson } from '../../../src/server/contract/settings.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { LineDiff } from '../../parts/line-diff.tsx'

/** What is about to be written, before it is. */
export function Apply({
  file,
  before,
  after,
  check,
  busy,
  onApply,
  onClose,
}: {
  readonly file: string
  readonly before: string
  readonly after: string
  readonly check: ConfigCheckJson | null
  readonly busy: boolean
  readonly onApply: () => void
  readonly onClose: () => void
}) {
  return (
    <Dialog
      title={`Apply to ${file}`}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Back to the text</Button>
          <Button kind="primary" busy={busy} onClick={onApply}>
            Write and put in force
          </Button>
        </>
      }
    >
      <LineDiff before={before} after={after} />
      {(check?.restart ?? []).map((sentence) => (
        <p key={sentence} className="hint">
          {sentence}
        </p>
      ))}
      {(check?.warnings ?? []).map((sentence) => (
        <p key={sentence} className="hint">
          {sentence}
        </p>
      ))}
      <p className="hint">
        Calls that are under way go on as they began. When the gateway refuses it after all, the
        file is put back as it was.
      </p>
    </Dialog>
  )
}
