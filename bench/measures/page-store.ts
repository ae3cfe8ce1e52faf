import { join } from 'node:path'
import type { Instant } from '../../src/core/clock.ts'
import { Calendar, hourUs } from '../../src/store/calendar.ts'
import { type Dimension, dimensions } from '../../src/store/ports.ts'
import { aRecord } from '../../src/store/rows.suite.ts'
import { bindingsOf, columnNames, columns } from '../../src/store/sqlite/columns.ts'
import { inTransaction, openDatabase, setMeta } from '../../src/store/sqlite/database.ts'
import { dimsColumn } from '../../src/store/sqlite/filters.ts'
import { sumColumns } from '../../src/store/sqlite/schema.ts'

const days = 30
const customers = 100

export interface Built {
  readonly dimensions: number
  readonly hour_rows: number
}

/** What the calls are of: every task on every model. */
export interface Traffic {
  readonly tasks: readonly string[]
  /** 'provider/model' */
  readonly models: readonly string[]
}

const usual: Traffic = {
  tasks: ['task-0', 'task-1', 'task-2'],
  models: ['acme/model-0', 'acme/model-1'],
}

/** A ledger of the last 30 days as SQL makes it: evenly spread, and quicker than any journal. */
export function buildStore(
  folder: string,
  size: { calls: number; rows: number },
  traffic: Traffic = usual,
): Built {
  const calendar = new Calendar('UTC')
  const db = openDatabase(join(folder, 'ledger.db'), calendar)
  const now = (Date.now() * 1_000) as Instant
  const lastHour = calendar.hourStart(now)
  const hours = days * 24
  const [tasks, models] = [traffic.tasks.length, traffic.models.length]
  const combinations = customers * tasks * models
  const callsEach = Math.ceil(size.calls / (hours * combinations))
  try {
    inTransaction(db, () => {
      putDimensions(db, traffic)
      const sums: Readonly<Record<string, number>> = {
        calls: callsEach,
        attempts: callsEach,
        errors: 1,
        input: callsEach * 1_200,
        output: callsEach * 250,
        cost_low: 40_000_000,
        cost_high: callsEach,
      }
      const values = sumColumns.map((name) => sums[name] ?? 0).join(', ')
      db.query(
        `WITH RECURSIVE h(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM h WHERE i < ${hours} - 1)
         INSERT INTO rollup_hour (hour, dims, day, first_call, last_call, ${sumColumns.join(', ')})
         SELECT ?1 - i * ${hourUs}, dims.id, (?1 - i * ${hourUs}) / ${24 * hourUs} * ${24 * hourUs},
           ${idOf(`(?1 - i * ${hourUs}) / 1000`, '0')}, ${idOf(`(?1 - i * ${hourUs}) / 1000 + 3599999`, '4095')}, ${values}
         FROM h, dims`,
      ).run(lastHour)
      const added = sumColumns.map((name) => `SUM(${name})`).join(', ')
      db.run(
        `INSERT INTO rollup_day (day, dims, ${sumColumns.join(', ')})
         SELECT day, dims, ${added} FROM rollup_hour GROUP BY day, dims`,
      )
    })
    inTransaction(db, () => rows(db, size.rows, now, traffic))
  } finally {
    db.close()
  }
  return { dimensions: combinations, hour_rows: hours * combinations }
}

/** Each customer with every task on every model. */
function putDimensions(db: ReturnType<typeof openDatabase>, { tasks, models }: Traffic): void {
  const names = ['key', ...dimensions.map((name) => dimsColumn[name])]
  const put = db.query(
    `INSERT INTO dims (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
  )
  for (let customer = 0; customer < customers; customer += 1)
    for (const model of models)
      for (const [at, task] of tasks.entries()) {
        const known: Partial<Readonly<Record<Dimension, string>>> = {
          task,
          model,
          provider: model.slice(0, model.indexOf('/')),
          key: `key-${(customer + at) % 5}`,
          customer: `customer-${customer}`,
          env: 'production',
          role: 'served',
        }
        const values = dimensions.map((name) => known[name] ?? null)
        put.run(JSON.stringify(values), ...values)
      }
}

/** One row as the loader writes it, and a million like it with other names, times and ids. */
function rows(
  db: ReturnType<typeof openDatabase>,
  count: number,
  now: Instant,
  traffic: Traffic,
): void {
  const { tasks, models } = traffic
  db.run(`CREATE TEMP TABLE pattern (${columnNames})`)
  db.query(`INSERT INTO pattern VALUES (${columns.map(() => '?').join(', ')})`).run(
    ...bindingsOf(aRecord()),
  )
  const gapUs = Math.floor((days * 24 * hourUs) / count)
  const at = `(${now} - (${count} - i) * ${gapUs})`
  const made: Readonly<Record<string, string>> = {
    call_id: idOf(`${at} / 1000`, 'i % 4096'),
    at,
    customer: `'customer-' || (i % ${customers})`,
    task: `?2 ->> (i % ${tasks.length})`,
    model: `substr(?3 ->> (i % ${models.length}), length(?4 ->> (i % ${models.length})) + 2)`,
    provider: `?4 ->> (i % ${models.length})`,
    key_id: `'key-' || (i % 5)`,
    answer_id: `'chatcmpl-' || i`,
  }
  const picked = columns.map(({ name }) => made[name] ?? `pattern.${name}`).join(', ')
  db.query(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
     INSERT INTO attempt (${columnNames}) SELECT ${picked} FROM n, pattern`,
  ).run(count, ...jsonsOf(traffic))
  setMeta(db, 'rows', count)
}

/** Tasks, models and their providers, as SQL reads them. */
function jsonsOf({ tasks, models }: Traffic): [string, string, string] {
  const providers = models.map((name) => name.slice(0, name.indexOf('/')))
  return [JSON.stringify(tasks), JSON.stringify(models), JSON.stringify(providers)]
}

/** A UUIDv7 of a millisecond. */
function idOf(ms: string, sequence: string): string {
  return `unhex(printf('%012x7%03x8000%012x', ${ms}, ${sequence}, ${sequence}))`
}
