import { run } from '../../src/cli/main.ts'
import { fenced, type Page } from './markdown.ts'

/** From what the commands themselves say. */
export async function commandsPage(): Promise<Page> {
  const overview = await said(['--help'])
  const names = [...overview.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name!)
  const helps = await Promise.all(names.map((name) => said([name, '--help'])))
  return {
    name: 'commands.md',
    title: 'Commands',
    blocks: [
      'In a clone the command is `bin/freehold`; `npm link` puts `freehold` on the path.',
      'A command speaks to the running gateway of its configuration over `/api`, with the admin key of the store or the one in `FREEHOLD_KEY`. `FREEHOLD_URL` names a gateway elsewhere. When none runs, the command opens the store itself. Whichever port the gateway was started on, it is found by the address that it leaves in the store.',
      'Each command prints a table for people, or with `--json` one object on one line. It exits with 0 when it did its job, 1 when it did not, 2 when it was called wrongly. `FREEHOLD_DEBUG` adds the stack of an unexpected error; `NO_COLOR` takes colour away.',
      fenced('text', overview),
      ...names.flatMap((name, index) => [`## ${name}`, fenced('text', helps[index]!)]),
    ],
  }
}

/** What a command prints, as it does where there is no terminal. */
async function said(argv: readonly string[]): Promise<string> {
  let text = ''
  const out = (line: string): void => {
    text += `${line}\n`
  }
  await run({
    argv,
    env: {},
    print: { out, err: out, colour: false, width: null },
    signal: new AbortController().signal,
  })
  return text
}
