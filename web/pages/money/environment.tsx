import { Select } from '../../parts/field.tsx'
import { useAsk } from '../../state/ask.ts'
import { useParam } from '../../state/location.ts'

/** Of which environment the figures are: tests and development cost money that no customer brings back. */
export function useEnvironment(): readonly [string, (env: string) => void] {
  const [asked, put] = useParam('env')
  return [asked ?? 'production', (env) => put(env === 'production' ? null : env)]
}

export function Environment() {
  const [env, put] = useEnvironment()
  const { answer } = useAsk('/api/costs', { query: { by: 'env', since: '90d' } })
  const seen = (answer?.rows ?? []).flatMap(({ group }) => group['env'] ?? [])
  const names = [...new Set(['production', ...seen, env])].filter((name) => name !== 'all')
  return (
    <Select
      label="Environment"
      bare
      value={env}
      onChange={put}
      options={[...names.map((name) => [name, name] as const), ['all', 'all environments']]}
    />
  )
}
