import { useEffect, useRef, useState } from 'react'
import type { ConfigJson } from '../../../src/server/contract/settings.ts'
import { Button } from '../../parts/button.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Empty, Fault, Skeleton, Tag } from '../../parts/states.tsx'
import { useAsk, useSend } from '../../state/ask.ts'
import { Apply } from './apply.tsx'
import { Editor } from './editor.tsx'
import { Issues } from './issues.tsx'
import { useCheck } from './use-check.ts'

const editorHeight = 620

/** The file as it is, to be edited: checked while it is typed, and shown as a diff before it is written. */
export function ConfigurationTab() {
  const asked = useAsk('/api/config', { everyMs: 15_000 })
  if (asked.fault !== null) return <Fault fault={asked.fault} again={asked.again} />
  if (asked.answer === null) return <Skeleton height={editorHeight} />
  if (asked.answer.file === null) {
    return (
      <Panel title="Configuration">
        <Empty title="There is no file">
          This gateway takes its providers from the environment. <code>freehold init</code> writes a
          first file, and <code>freehold serve --config FILE</code> takes it.
        </Empty>
      </Panel>
    )
  }
  return <FileEditor config={asked.answer} again={asked.again} />
}

function FileEditor({
  config,
  again,
}: {
  readonly config: ConfigJson
  readonly again: () => void
}) {
  /** What was read last of the file: edits are made of it, also when the file is another one by now. */
  const [base, setBase] = useState(config)
  const [text, setText] = useState(config.text)
  const [applied, setApplied] = useState<readonly string[] | null>(null)
  const [shows, setShows] = useState(false)
  const [place, setPlace] = useState<{ readonly line: number; readonly column: number } | null>(
    null,
  )
  /** Read before the last writing: that it says something else is no news. */
  const [outdated, setOutdated] = useState<ConfigJson | null>(null)
  const latest = useRef(config)
  latest.current = config
  const isEdited = text !== base.text
  const isMovedOn = config !== outdated && config.hash !== base.hash
  useEffect(() => {
    // Nothing is lost by taking what the file says now.
    if (!isMovedOn || isEdited) return
    setBase(config)
    setText(config.text)
  }, [config, isMovedOn, isEdited])
  const check = useCheck(isEdited ? text : null)
  const writing = useSend('POST /api/config')
  const issues = isEdited ? (check.answer?.issues ?? []) : base.issues
  const isSound = isEdited && check.isOf(text) && check.answer?.issues.length === 0

  const apply = async (): Promise<void> => {
    const done = await writing.start({ text, hash: base.hash })
    setShows(false)
    if (done !== null) {
      setApplied(done.restart)
      setOutdated(latest.current)
      setBase({ ...base, text, hash: done.hash, in_force: true, issues: [] })
    }
    again()
  }
  const takeFile = (): void => {
    setBase(config)
    setText(config.text)
  }
  return (
    <>
      {writing.fault === null ? null : <Fault fault={writing.fault} />}
      {isMovedOn && isEdited ? (
        <div className="note warning" role="alert">
          <p>
            The file was changed while you edited. Applying is refused: take what it says now, and
            make your change in it again.
          </p>
          <Button onClick={takeFile}>Take the file as it is</Button>
        </div>
      ) : null}
      {applied === null || isEdited ? null : (
        <div className="note good" role="status">
          <p>
            It is in force{applied.length === 0 ? '.' : ', but for what waits for the next start:'}{' '}
            {applied.join(' ')}
          </p>
        </div>
      )}
      <Panel
        title={base.file ?? 'Configuration'}
        flush
        note={
          base.text.includes('(hidden-1)') ? (
            <>
              Keys that are written out in the file stay in the gateway: <code>(hidden-1)</code>{' '}
              stands in the place of one. Write another key over it to change it.
            </>
          ) : undefined
        }
        aside={
          <>
            <State
              isEdited={isEdited}
              issues={issues.length}
              isSound={isSound}
              inForce={base.in_force}
            />
            <Button disabled={!isEdited} onClick={() => setText(base.text)}>
              Undo all
            </Button>
            <Button kind="primary" disabled={!isSound} onClick={() => setShows(true)}>
              Review and apply
            </Button>
          </>
        }
      >
        <Editor
          label={`Text of ${base.file ?? 'the configuration'}`}
          text={text}
          onChange={(next) => {
            setText(next)
            setApplied(null)
          }}
          issues={issues}
          place={place}
        />
        <Issues issues={issues} warnings={check.answer?.warnings ?? []} onGo={setPlace} />
        {check.fault === null ? null : <Fault fault={check.fault} />}
      </Panel>
      {shows ? (
        <Apply
          file={base.file ?? ''}
          before={base.text}
          after={text}
          check={check.answer}
          busy={writing.busy}
          onApply={() => void apply()}
          onClose={() => setShows(false)}
        />
      ) : null}
    </>
  )
}

function State({
  isEdited,
  issues,
  isSound,
  inForce,
}: {
  readonly isEdited: boolean
  readonly issues: number
  readonly isSound: boolean
  readonly inForce: boolean
}) {
  if (issues > 0)
    return <Tag tone="bad">{issues === 1 ? '1 problem' : `${count(issues)} problems`}</Tag>
  if (isSound) return <Tag tone="good">valid, not applied</Tag>
  if (isEdited) return <Tag tone="info">checking</Tag>
  return inForce ? <Tag tone="good">in force</Tag> : <Tag tone="warning">not in force</Tag>
}
