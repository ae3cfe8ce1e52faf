/** A test that shows what must happen when something goes wrong. */
export interface Place {
  readonly file: string
  /** As its title is written there. */
  readonly test: string
}

const at = (file: string, ...tests: readonly string[]): Place[] =>
  tests.map((test) => ({ file, test }))

const journey = (name: string, ...tests: readonly string[]): Place[] =>
  at(`tests/journeys/${name}.test.ts`, ...tests)

const before = journey('failover', '%s, %s')
const after = journey('failover', 'after the first content nobody else is asked')
const badAnswers = journey(
  'bad-answers',
  'who answers wrongly to a caller of %s',
  'a vendor who answers wrongly to a caller of %s',
)
const torn = at('bench/torture/faults.ts', 'calls under 5 % mixed faults')
const torture = (part: string, says: string): Place[] => at(`bench/torture/${part}.ts`, says)

/** Of single places; by the row's name in the tables of faults. */
const told: Readonly<Record<string, readonly Place[]>> = {
  // Vendors.
  V1: journey('failover', 'a rate keeps the wait that the vendor asked for').concat(
    at(
      'src/gateway/health/health.test.ts',
      'a rate rests the key at that model for as long as the provider says',
    ),
    journey(
      'retries',
      'is passed on by whoever has nobody else to ask, and rests the key so long',
      'keeps calls away that have somebody else to ask',
    ),
    at(
      'src/gateway/pipeline/turn.test.ts',
      'keeps nobody waiting past its deadline: who would be late is told when to come back',
    ),
  ),
  V2: at(
    'src/gateway/health/health.test.ts',
    'a refused key, a spent quota and an unpaid account rest the credential, and are told apart',
  ).concat(
    at(
      'src/gateway/health/learned-rates.test.ts',
      'a key that takes five a second is asked some five times a second, and refuses few',
    ),
    at(
      'src/gateway/pipeline/again.test.ts',
      'waits anything from nothing to a fifth of a second, spread evenly',
    ),
  ),
  V3: [...before, ...badAnswers, ...torn],
  V4: journey('failover', "the caller's own mistake is passed on once").concat(
    at(
      'src/gateway/health/health.test.ts',
      "the caller's own mistakes say nothing of the provider",
    ),
  ),
  V5: [...before, ...journey('canaries', 'no answer to a caller holds one')],
  V6: before.concat(at('src/gateway/upstream/exchange.suite.ts', 'the headers strikes')),
  V7: before.concat(
    at(
      'src/gateway/upstream/exchange.suite.ts',
      'the first content strikes, and empty lines are none',
    ),
  ),
  V8: after.concat(at('src/gateway/upstream/exchange.suite.ts', 'silence strikes')),
  V9: [...before, ...after, ...torn],
  V10: [
    ...before,
    ...after,
    ...journey('nothing-said', 'a vendor of %s, %s: callers of every dialect hear the next one'),
  ],
  V11: after.concat(
    journey(
      'resume',
      '%s, %s',
      'is a comment before, and a field in, the first event behind it; and there is one end',
      'a task that did not ask for it',
    ),
  ),
  V12: at(
    'src/dialects/sse.test.ts',
    'blocks put one behind another are the stream, however it is cut',
  ).concat(badAnswers),
  V13: at(
    'src/dialects/sse.test.ts',
    'blocks put one behind another are the stream, however it is cut',
  ).concat(badAnswers),
  V14: journey('bad-answers', 'answers that are large').concat(
    at('src/dialects/sse.test.ts', 'an endless event is refused'),
    at('src/gateway/upstream/backpressure.test.ts', 'stops the sender, and gets all of it later'),
  ),
  V15: [...badAnswers, ...torn],
  V16: [...badAnswers, ...torn],
  V17: [...badAnswers, ...torn],
  V18: [...before, ...badAnswers],
  V19: at(
    'src/gateway/upstream/exchange.suite.ts',
    'that the other side ended or spoke on unasked serves nobody',
  ).concat(
    at('src/gateway/upstream/pool.test.ts', 'forgets what the other side closes'),
    at(
      'src/gateway/upstream/socket-upstream.test.ts',
      'a kept connection that %s in the same turn serves nobody',
    ),
    journey(
      'kept-connections',
      'the call is answered over a new connection, and both requests are on the ledger',
    ),
    torn,
  ),
  V20: before.concat(
    at('src/gateway/upstream/upstream.suite.ts', 'that redirects is not followed'),
  ),
  V21: at(
    'src/gateway/upstream/tls.test.ts',
    'one for a name is refused for an address',
    'one of an authority that nobody named is refused, by either way',
  ).concat(journey('failover', 'a vendor that is not there')),
  V22: at(
    'src/gateway/health/latencies.test.ts',
    'a model that takes ten times as long as usual is slow for a while, and then is looked at again',
  ).concat(
    at(
      'src/gateway/health/health.test.ts',
      'of several keys the one that fails rests alone',
      'after a rest one call at a time finds out',
    ),
    journey('hedge', 'is outrun by the next, streamed: %p'),
  ),
  V23: at(
    'src/gateway/health/retry-budget.test.ts',
    'of 200 calls at once that all fail a fifth is tried again, and three',
  ),
  V24: badAnswers,
  V25: journey(
    'turn-state',
    'thoughts that one vendor signed do not go to another, which then thinks no more',
  ).concat(
    at(
      'src/gateway/objects/references.test.ts',
      'a file is named as its provider names it, and its provider is asked',
    ),
  ),

  // Clients.
  C1: journey(
    'failover',
    'a caller who leaves before the first byte frees the vendor at once',
  ).concat(
    journey('ledger', 'a caller who leaves is on the ledger with what it was sent'),
    torture('cancels', 'a client leaves while the vendor is silent'),
  ),
  C2: at(
    'src/gateway/upstream/backpressure.test.ts',
    'stops the sender, and gets all of it later',
  ).concat(
    journey('slow-readers', 'who does not read holds up the vendor, and fills no memory'),
    at(
      'src/gateway/pipeline/outflow.test.ts',
      'a reader who takes nothing of what is there is given up, one who is slow is not',
    ),
  ),
  C3: journey(
    'body-limits',
    'a body that comes byte by byte is given up after server.body_timeout',
  ).concat(
    journey(
      'idle-sockets',
      'two thousand who say nothing, or half of a head, are in the way of nobody',
    ),
  ),
  C4: journey('body-limits', 'the limit itself is taken, one byte more is a 413').concat(
    journey('large-bodies', '%s holds up nobody'),
    at('src/core/json.test.ts', 'refuses depth and floods of keys before anything is built'),
  ),
  C5: journey(
    'http-attacks',
    'that are to be rejected get no answer but a refusal, and reach no vendor',
    'one answer at most, and one call of a vendor',
  ),
  C6: journey(
    'http-attacks',
    'is decided by the path, whatever the host says',
    'is decided by the path as it is answered, however it is written',
  ),
  C7: journey(
    'odd-strings',
    'the gateway is unharmed, and every line of its log is one of JSON',
  ).concat(journey('http-attacks', 'are the headers of the gateway, and none of the caller')),
  C8: journey('bodies', 'are not models, tasks or paths').concat(
    at('src/core/json.test.ts', 'takes a key named __proto__ as data'),
  ),
  C9: at('src/privacy/redact.test.ts', 'eight times as much of %s takes some eight times as long'),
  C10: journey('http-attacks', 'is nothing that a body says of addresses, keys and headers'),
  C11: journey('bodies', 'a key that stands twice', 'text that is hardly text').concat(
    journey('odd-strings', 'they come back character for character: %o'),
  ),
  C12: journey(
    'idempotency',
    'gets the answer of the first time, for nothing, and has a row that says so',
    'the openai client comes back by itself',
  ).concat(journey('retries', 'do not where the gateway has: the openai client')),

  // Money and state.
  S1: at(
    'src/gateway/limits/budgets.test.ts',
    'a budget for exactly 100 calls admits 100 of 500 at once, in whatever order they end',
  ).concat(torture('budgets', 'a budget for exactly 100 calls, 500 at once')),
  S2: journey('ledger', 'each is a row of its own, and the call is their sum').concat(torn),
  S3: at(
    'src/threads/ledger.test.ts',
    'keeps every acknowledged row once, however often the gateway is killed',
  ).concat(
    at(
      'src/store/sqlite/loader.test.ts',
      'a call of a process that is gone is booked as unknown, one that lives is waited for',
    ),
    torture('kills', 'kill -9 at random moments under load'),
  ),
  S4: at(
    'src/store/journal/disk.test.ts',
    'refuse: nothing is acknowledged that is not on the disk, and all is there in the end',
    'serve: calls go on within the bound, an alarm tells, and all is there in the end',
  ).concat(
    journey(
      'disk',
      'refuse: calls are turned away with 503 while it is, and served when there is room',
      'serve: calls are answered and an alarm tells, and no row is missing when there is room',
    ),
    at(
      'src/store/sqlite/loader.test.ts',
      'when the disk is full nothing is half loaded, and all is when there is room',
    ),
  ),
  S5: journey('disk', 'a database that somebody has locked delays figures, and no call').concat(
    at('src/store/sqlite/loader.test.ts', 'while a stranger holds the database it is tried again'),
    journey('operate', 'a port that is taken is not shared, and a store has one owner'),
  ),
  S6: at(
    'src/threads/ledger.test.ts',
    'that dies is started again, and nothing that was written is lost',
  ),
  S7: at(
    'src/gateway/limits/budgets.test.ts',
    'a new day begins with nothing spent, in the zone of the books',
  ).concat(at('src/core/zone.test.ts', 'an instant lies in its span, and spans meet')),
  S8: at('src/core/money.test.ts', 'is read as it is written, to the picodollar').concat(
    at(
      'src/catalog/price.test.ts',
      'each line is the exact fraction, rounded to the nearest, ties to even',
    ),
    at('src/catalog/data.test.ts', 'prices in plain decimals, and none that must be a slip'),
  ),
  S9: journey(
    'operate',
    'a file that is wrong is refused by line and column, and the last good one stays in force',
  ).concat(torture('reloads', 'reloads under load, one file in five invalid')),
  S10: journey('operate', 'an open stream may end, and then the gateway does'),
  S11: torture('leaks', 'aborted streams and faults leave nothing behind').concat(
    at('tests/soak.test.ts', 'in which everything is flat holds', 'in which %s grows does not'),
  ),
  S12: at(
    'src/gateway/health/health.test.ts',
    'what callers make up does not fill the memory',
  ).concat(
    at(
      'src/gateway/limits/rates.test.ts',
      'customers that are made up leave no trace once they are at rest',
    ),
    at(
      'src/server/metrics.test.ts',
      'names that callers made up neither break the format nor fill the memory',
    ),
  ),

  // Tenants, secrets, dashboard.
  T1: at(
    'src/gateway/pipeline/fingerprint.test.ts',
    'is another for every difference that may change an answer',
    'lets no text run into the next',
  ).concat(journey('idempotency', 'belongs to a caller and a path')),
  T2: journey('operate', 'a key is made, works at once, and no longer when it was revoked'),
  T3: journey(
    'ledger',
    'neither a key nor a prompt with personal data is in any file of the store',
  ),
  T4: journey(
    'canaries',
    'no answer to a caller holds one',
    'neither does the control wing',
    'nor the log, nor any file of the store',
  ),
  T6: journey('ledger', 'is kept as it was, but for personal data and secrets').concat(
    at(
      'src/store/local.test.ts',
      'forgets rows after 13 months and payloads after a month, and keeps their sums',
    ),
  ),
  T5: at(
    'src/gateway/upstream/pinned.test.ts',
    'the address that was checked is dialled, and the host is the one of the URL',
    'a name is refused when %s',
    'a redirect by %d is not followed',
  ).concat(
    at('src/core/address.test.ts', 'the addresses that others were attacked with'),
    journey('fetch-media', 'is refused where it may not be: %s'),
  ),
  T7: at('tests/web/calls.test.ts', 'is text on every page, and no more'),
  T8: journey(
    'browsers',
    '%s %s is refused to pages of other sites, and done for no one of them',
    'no answer lets a page of another site read it, and none is a page but the front',
    'who tries keys is slowed, and keys of the same address that were right go on',
  ).concat(
    journey(
      'sessions',
      'neither change nor read anything with a session, should a browser send it',
      'a cookie that was changed, cut or made up opens nothing',
      'a link opens one session, as what it was made for',
      'signing out ends the session for whoever has its cookie, also after a restart; others hold',
    ),
  ),
  T9: at(
    'src/cli/csv.test.ts',
    'is one cell of one line, and no formula, whatever stands in it',
    'the strings that spreadsheets were attacked with',
  ).concat(
    journey(
      'odd-strings',
      'the lines for a spreadsheet are as many, and none of their cells is a formula',
    ),
  ),
  T10: at(
    'src/gateway/objects/ids.test.ts',
    'every id of every provider is read back, stands in a URL as it is, and is like no other',
  ).concat(
    at(
      'src/server/front.test.ts',
      'who takes nothing packed gets a file as it is, and a name that was not made is nowhere',
    ),
  ),
  T11: journey('roles', 'every route is one of these, and the open ones tell a stranger nothing'),
  T12: journey(
    'odd-strings',
    'the table of calls has a line for each call, and no escape in it',
    'the gateway is unharmed, and every line of its log is one of JSON',
  ),
  T13: at('tests/packaging.test.ts', 'what is published is what is needed, and nothing else'),
  T14: journey('roles', 'what an admin asks for that makes no sense is refused in words'),
}

const pairs = (...titles: readonly string[]): Place[] =>
  at('tests/faults/matrix.test.ts', ...titles)
const everyWay = 'goes wrong in every way to a caller of %s'
const everyByte = 'breaks off at every byte'
const simulated = at(
  'tests/simulation/day.test.ts',
  'three histories agree, nothing is held in the end, and everything that may happen did',
)

const probed = at(
  'tests/simulation/probes.test.ts',
  'is asked by one of many calls when its rest is over, and the others ask the next',
  'is asked once behind each rest, however it fails',
)

/** Rows that are played to every pair of caller and provider, and that happen on every simulated day. */
const everywhere: Readonly<Record<string, readonly Place[]>> = {
  V1: [...pairs(everyWay), ...simulated],
  V2: [...pairs(everyWay), ...simulated],
  V3: [...pairs(everyWay), ...simulated],
  V4: pairs(everyWay),
  V5: [...pairs(everyWay), ...simulated],
  V6: [...pairs(everyWay), ...simulated],
  V7: [...pairs(everyWay), ...simulated],
  V8: [...pairs(everyWay), ...simulated],
  V9: [...pairs(everyWay, everyByte), ...simulated],
  V10: [...pairs(everyWay), ...simulated],
  V11: pairs(everyWay),
  V12: pairs(everyWay),
  V13: pairs(everyWay),
  V14: [
    ...pairs('says more than fits into one read'),
    ...torture(
      'matrix',
      'every fault of every vendor to every caller, and streams cut at every byte',
    ),
  ],
  V15: [...pairs(everyWay), ...simulated],
  V16: pairs(everyWay, everyByte),
  V17: pairs(everyWay),
  V18: pairs(everyWay, everyByte),
  V19: pairs(everyWay),
  V20: pairs(everyWay),
  V21: pairs('is not where it should be'),
  V22: [...pairs(everyWay), ...simulated, ...probed],
  V23: [
    ...pairs('is down: 200 calls at once ask it a fifth more, and then leave it alone'),
    ...probed,
  ],
  V24: [...pairs(everyWay), ...simulated],
  C1: [...pairs('is let go at once when a client leaves'), ...simulated],
  C12: pairs('is not asked again for a client that comes again'),
  S1: [...pairs('is asked as often as a budget allows, of ten calls at once'), ...simulated],
  S2: [...pairs(everyWay), ...simulated],
  S3: simulated,
  S4: simulated,
  S7: simulated,
  S9: simulated,
  S12: simulated,
}

/** By the row's name in the tables of faults. */
export const shown: Readonly<Record<string, readonly Place[]>> = Object.fromEntries(
  Object.entries(told).map(([row, places]) => [row, [...places, ...(everywhere[row] ?? [])]]),
)

/** Rows of which nothing is shown yet, and why. */
export const notShown: Readonly<Record<string, string>> = {}
