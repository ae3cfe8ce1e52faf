import { Database } from 'bun:sqlite'

/** Opens the file of a day's payloads, which need not be there yet. @throws SQLiteError when it cannot be opened */
export function openPayloads(path: string): Database {
  const db = new Database(path, { create: true, strict: true, safeIntegers: true })
  try {
    db.run('PRAGMA busy_timeout = 250')
    // Rows are texts of some hundred bytes: pages of 4 KiB take a sixth more time. For new files alone.
    db.run('PRAGMA page_size = 16384')
    db.run('PRAGMA journal_mode = WAL')
    db.run('PRAGMA synchronous = NORMAL')
    // Nothing is left behind where rows move from page to page, or are erased. Kept rows alone free no page.
    db.run('PRAGMA secure_delete = ON')
    for (const statement of schema) db.run(statement)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

const schema = [
  `CREATE TABLE IF NOT EXISTS piece (
  hash BLOB NOT NULL UNIQUE,
  bytes BLOB NOT NULL
) STRICT`,
  // Neither request nor answer: it was dropped.
  `CREATE TABLE IF NOT EXISTS manifest (
  call_id BLOB NOT NULL,
  attempt INTEGER NOT NULL,
  request BLOB,
  answer BLOB,
  PRIMARY KEY (call_id, attempt)
) STRICT, WITHOUT ROWID`,
]
