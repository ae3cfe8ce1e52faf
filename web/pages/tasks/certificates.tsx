import { useState } from 'react'
import type { CertificateJson } from '../../../src/server/contract/certificates.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { When } from '../../parts/figures.tsx'
import { count } from '../../parts/format.ts'
import { Panel } from '../../parts/panel.tsx'
import { Tag } from '../../parts/states.tsx'
import { Table } from '../../parts/table.tsx'
import { isOver, proofOf, signed } from './facts.ts'

/** Swaps that were proven: a chain of which no link can be changed unseen. */
export function Certificates({
  certificates,
  brokenAt,
}: {
  readonly certificates: readonly CertificateJson[]
  readonly brokenAt: number | null
}) {
  const [open, setOpen] = useState<CertificateJson | null>(null)
  return (
    <Panel
      title="Proven swaps"
      aside={
        brokenAt === null ? undefined : <Tag tone="bad">chain broken at {count(brokenAt)}</Tag>
      }
      flush
    >
      <Table
        label="Proven swaps"
        rows={certificates}
        keyOf={({ seq }) => String(seq)}
        columns={[
          { title: 'When', cell: ({ at }) => <When at={at} /> },
          {
            title: 'Swap',
            cell: ({ models: { before, after } }) => `${before[0] ?? '–'} → ${after[0] ?? '–'}`,
          },
          {
            title: 'Difference, points',
            align: 'right',
            cell: (each) => {
              const { mean, interval } = proofOf(each).difference
              if (mean === null) return '–'
              return interval === null
                ? signed(mean)
                : `${signed(mean)} (${signed(interval[0])} to ${signed(interval[1])})`
            },
          },
          { title: 'Cases', align: 'right', cell: (each) => count(proofOf(each).difference.n) },
          {
            title: 'Counts',
            wideOnly: true,
            cell: (each) =>
              isOver(each, Date.now()) ? (
                <Tag tone="warning">too old</Tag>
              ) : (
                <Tag tone="good">yes</Tag>
              ),
          },
          { title: 'By', wideOnly: true, cell: ({ who }) => who },
          {
            title: 'Proof',
            align: 'right',
            cell: (each) => (
              <Button
                kind="quiet"
                icon="table"
                label={`Show certificate ${each.seq}`}
                onClick={() => setOpen(each)}
              />
            ),
          },
        ]}
      />
      {open === null ? null : <Whole certificate={open} onClose={() => setOpen(null)} />}
    </Panel>
  )
}

function Whole({
  certificate,
  onClose,
}: {
  readonly certificate: CertificateJson
  readonly onClose: () => void
}) {
  const { seq, at, who, config, previous, hash } = certificate
  const proof = proofOf(certificate)
  return (
    <Dialog title={`Certificate ${seq}`} onClose={onClose} wide>
      <p className="standing">{proof.says ?? 'It does not say in words what it proves.'}</p>
      <dl className="told">
        <div>
          <dt>Swapped</dt>
          <dd>
            <When at={at} /> by the key {who}
          </dd>
        </div>
        <div>
          <dt>Evaluation</dt>
          <dd>{proof.evaluation ?? 'not named'}</dd>
        </div>
        <div>
          <dt>Graders</dt>
          <dd>{proof.graders.length === 0 ? 'not named' : proof.graders.join(', ')}</dd>
        </div>
        <div>
          <dt>Margin</dt>
          <dd>
            {proof.margin === null ? 'not told' : `${(proof.margin * 100).toFixed(1)} points`}
          </dd>
        </div>
        <div>
          <dt>Configuration</dt>
          <dd className="mono">
            {config.before} → {config.after}
          </dd>
        </div>
        <div>
          <dt>Hash</dt>
          <dd className="mono">{hash}</dd>
        </div>
        <div>
          <dt>Follows</dt>
          <dd className="mono">{previous}</dd>
        </div>
      </dl>
      <details>
        <summary>All that was measured</summary>
        <pre className="proof-raw">{JSON.stringify(certificate.proof, null, 2)}</pre>
      </details>
    </Dialog>
  )
}
