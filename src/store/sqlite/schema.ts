import { columns, usageColumns } from './columns.ts'

/** Goes up with every change of the tables, which then gets a step in `migrations`. */
export const schemaVersion = 9

/**
 * What a roll-up adds up. Costs are added in halves, because a sum of many 64-bit costs may not fit
 * 64 bits: `cost_high` counts 2^32 picodollars, `cost_low` the rest; what was saved likewise.
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
  'saved_high',
  'saved_low',
]

const attemptColumns = columns
  .map(({ name, type, nullable }) => `${name} ${type}${nullable ? '' : ' NOT NULL'}`)
  .join(',\n  ')

const sums = sumColumns.map((name) => `${name} INTEGER NOT NULL`).join(',\n  ')

/**
 * - `feedback`: what became of answers; rows are added, the last one counts.
 * - `certificate`: a chain of links, each with the hash of the one before; nothing changes or removes one.
 */
const said: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS feedback (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL,
  target_kind TEXT NOT NULL,
  target TEXT NOT NULL,
  key_id TEXT NOT NULL,
  task TEXT,
  model TEXT,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  score REAL,
  label TEXT,
  comment TEXT,
  correction TEXT,
  repeat_id TEXT,
  digest TEXT NOT NULL,
  UNIQUE (key_id, repeat_id)
) STRICT`,
  'CREATE INDEX IF NOT EXISTS feedback_target ON feedback (target_kind, target)',
  'CREATE INDEX IF NOT EXISTS feedback_at ON feedback (at)',
  'CREATE INDEX IF NOT EXISTS feedback_task ON feedback (task, at)',

  `CREATE TABLE IF NOT EXISTS certificate (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  task TEXT NOT NULL,
  body TEXT NOT NULL,
  previous TEXT NOT NULL UNIQUE,
  hash TEXT NOT NULL UNIQUE
) STRICT`,
  ...['UPDATE', 'DELETE'].map(
    (verb) => `CREATE TRIGGER IF NOT EXISTS certificate_no_${verb.toLowerCase()}
BEFORE ${verb} ON certificate BEGIN SELECT RAISE(ABORT, 'certificates are kept as they are'); END`,
  ),
]

/**
 * - `price`: versions of cards, with the time in which each was believed. What a version says never
 *   changes, and none is deleted.
 */
const priceTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS price (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  region TEXT NOT NULL,
  mode TEXT NOT NULL,
  kind TEXT NOT NULL,
  body TEXT NOT NULL,
  source TEXT NOT NULL,
  read_on TEXT NOT NULL,
  confidence TEXT NOT NULL,
  doubts TEXT NOT NULL,
  added_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  known_from INTEGER,
  known_to INTEGER
) STRICT`,
  `CREATE TRIGGER IF NOT EXISTS price_no_delete
BEFORE DELETE ON price BEGIN SELECT RAISE(ABORT, 'versions of prices are kept'); END`,
  `CREATE TRIGGER IF NOT EXISTS price_no_rewrite
BEFORE UPDATE OF id, provider, model, region, mode, kind, body, source, read_on, added_at ON price
BEGIN SELECT RAISE(ABORT, 'what a version of a price says is kept as it is'); END`,
]

/** What customers paid, by the days that it is for. Few rows: the index is for the months of years. */
const revenueTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS revenue (
  id TEXT PRIMARY KEY,
  customer TEXT NOT NULL,
  from_day TEXT NOT NULL,
  to_day TEXT NOT NULL,
  amount_micro INTEGER NOT NULL,
  currency TEXT NOT NULL,
  plan TEXT,
  cohort TEXT,
  source TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID`,
  'CREATE INDEX IF NOT EXISTS revenue_by_day ON revenue (from_day, to_day)',
]

/**
 * - `pace_series`: each model and task once; `key` is both and the provider as JSON.
 * - `pace_hour`: how fast they were in an hour, as `pace-pack.ts` packs it: histograms of 5 % buckets
 *   in a row for each bucket would be a hundred rows an hour.
 */
const paceTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS pace_series (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  task TEXT
) STRICT`,
  `CREATE TABLE IF NOT EXISTS pace_hour (
  hour INTEGER NOT NULL,
  series INTEGER NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (hour, series)
) STRICT, WITHOUT ROWID`,
]

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
  role TEXT,
  mode TEXT,
  saved_by TEXT
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

  ...revenueTables,

  ...priceTables,

  ...paceTables,

  ...said,
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
  3: [
    ...['rollup_hour', 'rollup_day'].flatMap((table) =>
      ['saved_high', 'saved_low'].map(
        (name) => `ALTER TABLE ${table} ADD COLUMN ${name} INTEGER NOT NULL DEFAULT 0`,
      ),
    ),
    // Few rows saved anything: only the hours that have such are looked at.
    `UPDATE rollup_hour SET (saved_high, saved_low) = (
       SELECT COALESCE(SUM(saved >> 32), 0), COALESCE(SUM(saved & 4294967295), 0)
       FROM attempt JOIN dims ON dims.id = rollup_hour.dims
       WHERE call_id >= first_call AND call_id <= last_call
         AND at >= hour AND at < hour + 3600000000
         AND attempt.task IS dims.task AND (attempt.provider || '/' || attempt.model) IS dims.model
         AND attempt.provider IS dims.provider AND attempt.key_id IS dims.key_id
         AND attempt.customer IS dims.customer AND attempt.feature IS dims.feature
         AND attempt.env IS dims.env AND attempt.role IS dims.role)
     WHERE dims IN (SELECT id FROM dims WHERE role = 'cache_hit')`,
    `UPDATE rollup_day SET (saved_high, saved_low) = (
       SELECT COALESCE(SUM(hours.saved_high), 0), COALESCE(SUM(hours.saved_low), 0)
       FROM rollup_hour AS hours
       WHERE hours.day = rollup_day.day AND hours.dims = rollup_day.dims)
     WHERE dims IN (SELECT id FROM dims WHERE role = 'cache_hit')`,
  ],
  4: said,
  5: revenueTables,
  6: priceTables,
  7: [
    ...paceTables,
    // Rows of before are in no histogram: an hour of ten million of them would hold up the start.
    `INSERT INTO meta (name, value)
     SELECT 'pace_missing_until', at FROM attempt ORDER BY call_id DESC LIMIT 1`,
  ],
  8: [
    ...['mode', 'region', 'saved_by'].map((name) => `ALTER TABLE attempt ADD COLUMN ${name} TEXT`),
    ...['mode', 'saved_by'].map((name) => `ALTER TABLE dims ADD COLUMN ${name} TEXT`),
    // Only the cache saved anything before: its rows are told by their role, also where they have no reason.
    `UPDATE dims SET
       saved_by = CASE role WHEN 'cache_hit' THEN 'cache' END,
       key = substr(key, 1, length(key) - 1) || ',null,'
         || CASE role WHEN 'cache_hit' THEN '"cache"' ELSE 'null' END || ']'`,
  ],
}
