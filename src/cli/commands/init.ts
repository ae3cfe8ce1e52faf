import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve as absolute } from 'node:path'
import { starterConfig } from '../../config/init.ts'
import { jsonSchema } from '../../config/json-schema.ts'
import { baseUrlFrom, keyFrom } from '../../providers/environment.ts'
import { providers } from '../../providers/index.ts'
import { type Command, CommandError, type Context } from '../command.ts'

const schemaName = 'freehold.schema.json'

export const init: Command = {
  name: 'init',
  summary: 'Writes a first configuration, and the schema by which editors complete it',
  usage: '[FILE]',
  help: 'It works as it is: tasks are answered by the simulator, and vendors whose keys stand in the environment are listed.',
  options: { force: { says: 'write over a file that is there' } },
  positionals: { least: 0, most: 1 },
  run: async ({ arguments: [named = 'freehold.yaml'], flag, json, print, env }) => {
    const path = absolute(named)
    if (existsSync(path) && !flag('force')) {
      throw new CommandError(
        `${named} is there already. To write over it: freehold init ${named} --force`,
      )
    }
    const schemaPath = join(dirname(path), schemaName)
    writeFileSync(path, starterConfig(vendorsIn(env)))
    writeFileSync(schemaPath, `${JSON.stringify(jsonSchema(), null, 2)}\n`)
    if (json) print.out(JSON.stringify({ config: path, schema: schemaPath }))
    else {
      print.out(`Written: ${named} and ${schemaName}`)
      print.out(
        `Next: freehold doctor${named === 'freehold.yaml' ? '' : ` --config ${named}`}, then freehold serve${named === 'freehold.yaml' ? '' : ` --config ${named}`}`,
      )
    }
    return 0
  },
}

/** Vendors whose keys stand in the environment. */
function vendorsIn(
  env: Context['env'],
): readonly { readonly id: string; readonly keyName: string }[] {
  return [...providers.values()].flatMap((provider) => {
    const key = keyFrom(provider, env)
    const addressed = baseUrlFrom(provider, env) !== null
    return key === null || !addressed ? [] : [{ id: provider.id, keyName: key.name }]
  })
}
