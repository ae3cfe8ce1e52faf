import { columns, usageColumns } from './columns.ts'

/** Goes up with every change of the tables, which then gets a step in `migrations`. */
export const schemaVersion = 3

/**
 * What a roll-up adds up. Costs are added in halves, because a sum of many 64-bit costs may not fit
 * 64 bits: `cost_high` counts 2^32 picodollars, `cost_low` the rest.
 */
export const sumColumns: readonly string[] = [
  'calls',
  'attempts',
  'errors',
  ...usageColumns,
  'cost_high',
  'cost_low',
  'cost_unknown',
  'estimated',
]

const attemptColumns = columns
  .map(({ name, type, nullable }) => `${name} ${type}${nullable ? '' : ' NOT NULL'}`)
  .join(',\n  ')

const sums = sumColumns.map((name) => `${name} INTEGER NOT NULL`).join(',\n  ')

/**
 * - `attempt`: a row for each AttemptRecord. Ids sort by time, so the table grows at its end, and
 *   has no other index: three of them would cost two thirds of the speed of loading. Rows of a
 *   filter are found by the hours that the roll-up knows of.
 * - `dims`: each combination of dimensions once; `key` is all of it as JSON, nulls included.
 * - `rollup_hour`, `rollup_day`: sums by local hour and day, written in the transaction of the rows
 *   they are of. `first_call` and `last_call` bound the ids of an hour's rows.
 * - `journal_fault`, `rejected`: what the journal held and the table does not.
 * Money is picodollars, instants are microseconds UTC.
 */
export const schema: readonly string[] = [
  `CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE attempt (
  ${attemptColumns},
  PRIMARY KEY (call_id, attempt)
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE dims (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  task TEXT,
  model TEXT,
  provider TEXT,
  key_id TEXT,
  customer TEXT,
  feature TEXT,
  env TEXT,
  role TEXT
) STRICT`,

  `CREATE TABLE rollup_hour (
  hour INTEGER NOT NULL,
  dims INTEGER NOT NULL,
  day INTEGER NOT NULL,
  first_call BLOB NOT NULL,
  last_call BLOB NOT NULL,
  ${sums},
  PRIMARY KEY (hour, dims)
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE rollup_day (
  day INTEGER NOT NULL,
  dims INTEGER NOT NULL,
  ${sums},
  PRIMARY KEY (day, dims)
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE journal_fault (
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  kind TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  PRIMARY KEY (segment, offset, kind)
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE rejected (
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  text TEXT NOT NULL,
  why TEXT NOT NULL,
  PRIMARY KEY (segment, offset)
) STRICT`,

  `CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL,
  hint TEXT NOT NULL,
  role TEXT NOT NULL,
  env TEXT,
  tasks TEXT,
  budget_limit TEXT,
  budget_per TEXT,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID`,

  `CREATE TABLE alarm (
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  severity TEXT NOT NULL,
  text TEXT NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  resolved_at INTEGER,
  PRIMARY KEY (kind, subject, first_at)
) STRICT, WITHOUT ROWID`,

  // What became of the payloads of a UTC day: 'expired' or 'dropped' when its file is gone.
  `CREATE TABLE payload_day (
  day TEXT PRIMARY KEY,
  gone TEXT NOT NULL
) STRICT, WITHOUT ROWID`,
]

/**
 * What takes a database one version on, by the version that it has. The columns of new kinds are null
 * in the rows of before, which a row with known usage is read as 0 for.
 */
export const migrations: Readonly<Record<number, readonly string[]>> = {
  1: ['image_in', 'image_out', 'images', 'characters', 'seconds'].flatMap((name) => [
    `ALTER TABLE attempt ADD COLUMN ${name} INTEGER`,
    `ALTER TABLE rollup_hour ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`,
    `ALTER TABLE rollup_day ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`,
  ]),
  2: ['ALTER TABLE attempt ADD COLUMN saved INTEGER'],
}
