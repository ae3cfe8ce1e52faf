import { expect, test } from 'bun:test'
import { azure } from './azure.ts'
import { providers } from './index.ts'

test.each([
  ['https://a.openai.azure.com/openai/v1', 'https://a.openai.azure.com/openai/v1'],
  [
    'https://a.openai.azure.com/openai/deployments?api-version=2026-10-21',
    'https://a.openai.azure.com/openai?api-version=2026-10-21',
  ],
  ['https://a.openai.azure.com', 'https://a.openai.azure.com/openai/v1'],
  [
    'https://a.openai.azure.com/?api-version=2026-10-21',
    'https://a.openai.azure.com/openai?api-version=2026-10-21',
  ],
])('objects of Azure at %s are at %s', (base, at) => {
  expect(azure.objects?.at?.(base)).toBe(at)
})

test('who has batches or jobs takes the files for them', () => {
  for (const { id, objects } of providers.values()) {
    const purposes = objects?.files?.purposes
    if (objects?.batches) expect([id, purposes?.includes('batch') ?? true]).toEqual([id, true])
    if (objects?.fineTuning)
      expect([id, purposes?.includes('fine-tune') ?? true]).toEqual([id, true])
  }
})
