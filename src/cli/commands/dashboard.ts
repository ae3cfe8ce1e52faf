import type { SignInLinkJson } from '../../server/contract/session.ts'
import { browserUrl } from '../../server/session.ts'
import { connect } from '../client.ts'
import { type Command, CommandError, UsageError } from '../command.ts'

export const dashboard: Command = {
  name: 'dashboard',
  summary: 'A one-time link that signs a browser in to the dashboard',
  usage: '',
  help: 'The link works once, within 15 minutes. The session that it opens lasts 7 days, and ends with the key that made the link.',
  options: {
    role: { value: 'ROLE', says: 'admin, or viewer for somebody who may look and change nothing' },
  },
  positionals: { least: 0, most: 0 },
  run: async (context) => {
    const role = context.option('role') ?? 'admin'
    if (role !== 'admin' && role !== 'viewer')
      throw new UsageError(`--role is admin or viewer, not ${JSON.stringify(role)}.`)
    const client = await connect(context)
    try {
      if (client.url === null)
        throw new CommandError(
          'No gateway runs, and so there is no dashboard. To start one: freehold serve',
        )
      const link = await client.post<SignInLinkJson>('/api/session/links', { role })
      const url = browserUrl(client.url) + link.path
      context.print.out(
        context.json
          ? JSON.stringify({ url, role: link.role, expires_at: link.expires_at })
          : `${url}\nIt opens the dashboard once, as ${link.role}, until ${link.expires_at}.`,
      )
      return 0
    } finally {
      await client.close()
    }
  },
}
