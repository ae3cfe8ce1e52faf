import type { Database } from 'bun:sqlite'
import type { Instant } from '../../core/clock.ts'
import type { FeedbackQuery, FeedbackRate, FeedbackRateQuery, FeedbackRow } from '../feedback.ts'
import { keptLabel, keptText } from '../kept.ts'
import { inTransaction } from './database.ts'

/** @returns the row that is there under the same key and repeat id, or the one that was written */
export function addFeedback(db: Database, row: FeedbackRow): FeedbackRow {
  const { target } = row
  db.query(
    `INSERT INTO feedback (id, at, target_kind, target, key_id, task, model, name, source, score,
       label, comment, correction, repeat_id, digest)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
     ON CONFLICT (key_id, repeat_id) DO NOTHING`,
  ).run(
    row.id,
    row.at,
    target.kind,
    target.id,
    row.keyId,
    row.task,
    row.model,
    keptLabel(row.name),
    row.source,
    row.score,
    row.label === null ? null : keptLabel(row.label),
    row.comment === null ? null : keptText(row.comment),
    row.correction,
    row.repeatId,
    row.digest,
  )
  if (row.repeatId === null) return row
  const kept = db
    .query<Stored, [string, string]>('SELECT * FROM feedback WHERE key_id = ?1 AND repeat_id = ?2')
    .get(row.keyId, row.repeatId)
  return kept === null ? row : rowOf(kept)
}

/** A row counts while no later one says the same thing anew. */
const counts = `NOT EXISTS (SELECT 1 FROM feedback AS later
  WHERE later.target_kind = feedback.target_kind AND later.target = feedback.target
    AND later.key_id = feedback.key_id AND later.name = feedback.name
    AND later.source = feedback.source AND later.seq > feedback.seq)`

/** Newest first. */
export function feedback(db: Database, query: FeedbackQuery): FeedbackRow[] {
  const { call, session, task, model, since, until, before } = query
  const terms: string[] = []
  const values: (string | number)[] = []
  const add = (term: string, ...some: readonly (string | number)[]): void => {
    terms.push(term)
    values.push(...some)
  }
  if (call !== undefined) add("target_kind = 'call' AND target = ?", call)
  if (session !== undefined) add("target_kind = 'session' AND target = ?", session)
  if (task !== undefined) add('task = ?', task)
  if (model !== undefined) add('model = ?', model)
  if (since !== undefined) add('at >= ?', since)
  if (until !== undefined) add('at < ?', until)
  if (before !== undefined)
    add('seq < (SELECT seq FROM feedback AS mark WHERE mark.id = ?)', before)
  if (query.latest) add(counts)
  const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`
  return db
    .query<Stored, (string | number)[]>(`SELECT * FROM feedback ${where} ORDER BY seq DESC LIMIT ?`)
    .all(...values, query.limit)
    .map(rowOf)
}

export function feedbackRates(db: Database, { task, since }: FeedbackRateQuery): FeedbackRate[] {
  const terms = [
    'score IS NOT NULL',
    ...(task === undefined ? [] : ['task = ?']),
    ...(since === undefined ? [] : ['at >= ?']),
    counts,
  ]
  const values = [task, since].filter((value) => value !== undefined)
  return db
    .query<StoredRate, (string | number)[]>(
      `SELECT task, model, name, COUNT(*) AS scores, SUM(score) AS sum, SUM(score * score) AS squares
       FROM feedback WHERE ${terms.join(' AND ')}
       GROUP BY task, model, name ORDER BY task, model, name`,
    )
    .all(...values)
    .map((row) => ({ ...row, scores: Number(row.scores) }))
}

/** Forgets what is as old as calls that are forgotten. */
export function deleteFeedback(db: Database, before: Instant): void {
  db.query('DELETE FROM feedback WHERE at < ?').run(before)
}

/** Comments and corrections about calls or sessions that were given before an instant. */
export function countComments(
  db: Database,
  kind: FeedbackRow['target']['kind'],
  targets: readonly string[],
  before: Instant,
): number {
  const count = db.query(`SELECT COUNT(*) FROM feedback ${withWords}`)
  return targets
    .map((target) => Number(count.values(kind, target, before)[0]?.[0] ?? 0))
    .reduce((sum, each) => sum + each, 0)
}

/** Overwrites them; scores and labels stay, and count. @returns how many rows had any */
export function eraseComments(
  db: Database,
  kind: FeedbackRow['target']['kind'],
  targets: readonly string[],
  before: Instant,
): number {
  db.run('PRAGMA secure_delete = ON')
  try {
    return inTransaction(db, () => {
      // The digest is of the words: whoever guesses them could tell by it.
      const erase = db.query(
        `UPDATE feedback SET comment = NULL, correction = NULL, digest = 'erased' ${withWords}`,
      )
      return targets
        .map((target) => erase.run(kind, target, before).changes)
        .reduce((sum, each) => sum + each, 0)
    })
  } finally {
    db.run('PRAGMA secure_delete = OFF')
  }
}

const withWords = `WHERE target_kind = ? AND target = ? AND at < ?
  AND (comment IS NOT NULL OR correction IS NOT NULL)`

interface StoredRate extends Omit<FeedbackRate, 'scores'> {
  readonly scores: bigint
}

interface Stored {
  readonly id: string
  readonly at: bigint
  readonly target_kind: FeedbackRow['target']['kind']
  readonly target: string
  readonly key_id: string
  readonly task: string | null
  readonly model: string | null
  readonly name: string
  readonly source: FeedbackRow['source']
  readonly score: number | null
  readonly label: string | null
  readonly comment: string | null
  readonly correction: string | null
  readonly repeat_id: string | null
  readonly digest: string
}

function rowOf(row: Stored): FeedbackRow {
  const { id, task, model, name, source, score, label, comment, correction, digest } = row
  return {
    id,
    at: Number(row.at) as Instant,
    target: { kind: row.target_kind, id: row.target },
    keyId: row.key_id,
    task,
    model,
    name,
    source,
    score,
    label,
    comment,
    correction,
    repeatId: row.repeat_id,
    digest,
  }
}
