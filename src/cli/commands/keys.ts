import type { KeyJson } from '../../server/contract/keys.ts'
import { type Client, connect } from '../client.ts'
import { type Command, CommandError, type Context, type ExitCode, UsageError } from '../command.ts'
import { table } from '../print.ts'

export const keys: Command = {
  name: 'keys',
  summary: "Callers' keys: list, create, change a budget, revoke",
  usage: '[list | create NAME | budget NAME | revoke NAME]',
  help: 'A new key is shown once; the store keeps its hash. Keys that the configuration file names are changed there.',
  options: {
    role: { value: 'ROLE', says: 'caller, viewer or admin (caller)' },
    task: {
      value: 'NAME',
      multiple: true,
      says: 'a task or model that the key may call; again for more (all)',
    },
    env: { value: 'NAME', says: 'told apart in every figure: production, staging' },
    budget: {
      value: 'LIMIT',
      says: "'50 USD/month'; per day, week, month or total; none takes it away",
    },
  },
  positionals: { least: 0, most: 2 },
  run: async (context) => {
    const [verb = 'list', name] = context.arguments
    if (verb !== 'list' && verb !== 'create' && verb !== 'budget' && verb !== 'revoke') {
      throw new UsageError(
        `keys knows list, create, budget and revoke, not ${JSON.stringify(verb)}.`,
      )
    }
    if (verb !== 'list' && name === undefined)
      throw new UsageError(`keys ${verb} needs the name of a key.`)
    if (verb === 'budget' && context.option('budget') === undefined)
      throw new UsageError("keys budget needs --budget '50 USD/month', or --budget none.")
    const client = await connect(context)
    try {
      if (verb === 'list') return await list(client, context)
      if (verb === 'budget') return await setBudget(client, name!, context)
      return verb === 'create'
        ? await create(client, name!, context)
        : await revoke(client, name!, context)
    } finally {
      await client.close()
    }
  },
}

async function list(client: Client, { json, print }: Context): Promise<ExitCode> {
  const { keys: all } = await client.get<{ keys: readonly KeyJson[] }>('/api/keys')
  if (json) print.out(JSON.stringify({ keys: all }))
  else if (all.length === 0)
    print.out('There are no keys yet. To make one: freehold keys create NAME')
  else {
    print.out(
      table(
        all,
        [
          { title: 'ID', value: ({ id }) => id },
          { title: 'ROLE', value: ({ role }) => role },
          { title: 'KEY', value: ({ hint }) => (hint === null ? '-' : `${hint}...`) },
          { title: 'ENV', value: ({ env }) => env ?? '-' },
          {
            title: 'MAY CALL',
            value: ({ tasks }) => tasks?.join(', ') ?? 'everything',
            shrinks: true,
          },
          {
            title: 'BUDGET',
            value: ({ budget }) => (budget === null ? '-' : `${budget.limit} per ${budget.per}`),
          },
          { title: 'FROM', value: ({ source }) => source },
          {
            title: 'STATE',
            value: ({ revoked_at: at }) => (at === null ? 'live' : `revoked ${at.slice(0, 10)}`),
          },
        ],
        print,
      ),
    )
  }
  return 0
}

async function create(client: Client, id: string, context: Context): Promise<ExitCode> {
  const { print, json } = context
  const tasks = context.options('task')
  const made = await client.post<{ id: string; role: string; secret: string }>('/api/keys', {
    id,
    role: context.option('role') ?? 'caller',
    env: context.option('env') ?? null,
    tasks: tasks.length > 0 ? tasks : null,
    budget: budgetOf(context.option('budget')),
  })
  if (json) print.out(JSON.stringify(made))
  else {
    print.out(made.secret)
    print.err(
      `Key ${made.id} (${made.role}) is live. It is shown this once: the store keeps only its hash.`,
    )
  }
  return 0
}

async function revoke(client: Client, id: string, { print, json }: Context): Promise<ExitCode> {
  const { revoked } = await client.delete<{ revoked: boolean }>(
    `/api/keys/${encodeURIComponent(id)}`,
  )
  if (!revoked) {
    throw new CommandError(
      `There is no live key ${id} in the store. Keys of the configuration file are taken out there; to see all: freehold keys`,
    )
  }
  print.out(json ? JSON.stringify({ revoked: id }) : `Key ${id} no longer opens anything.`)
  return 0
}

/** What the key has spent stays spent. */
async function setBudget(client: Client, id: string, context: Context): Promise<ExitCode> {
  const { print, json } = context
  const budget = budgetOf(context.option('budget'))
  const { changed } = await client.post<{ changed: boolean }>(
    `/api/keys/${encodeURIComponent(id)}/budget`,
    { budget },
  )
  if (!changed)
    throw new CommandError(
      `There is no live key ${id} in the store. Budgets of the configuration file are changed there; to see all: freehold keys`,
    )
  if (json) print.out(JSON.stringify({ id, budget }))
  else if (budget === null) print.out(`Key ${id} has no budget any more.`)
  else print.out(`Key ${id} may spend ${budget.limit} per ${budget.per} from the next call on.`)
  return 0
}

function budgetOf(text: string | undefined): { limit: string; per: string } | null {
  if (text === undefined || text === 'none') return null
  const match = /^\s*(\d+(?:\.\d+)?(?: ?USD)?)\s*(?:\/|\bper\b)\s*(day|week|month|total)\s*$/.exec(
    text,
  )
  if (!match) throw new UsageError("--budget takes an amount and a period: '50 USD/month'.")
  return { limit: match[1]!, per: match[2]! }
}
