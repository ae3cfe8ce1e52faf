import type { Instant } from '../core/clock.ts'
import { newCallId } from '../core/ids.ts'
import type { Money } from '../core/money.ts'
import type { AttemptRecord, Intent } from '../core/record.ts'
import { noUsage } from '../core/usage.ts'

/** Rows for the tests of every backend. */

export const noon = (Date.UTC(2026, 10, 21, 12) * 1000) as Instant

export function aRecord(changes: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    callId: newCallId(),
    attempt: 1,
    at: noon,
    keyId: 'web',
    env: 'production',
    customer: 'acme',
    feature: 'summary',
    session: null,
    operation: 'chat',
    dialect: 'openai-chat',
    modelAsked: 'general_purpose',
    task: 'general_purpose',
    provider: 'deepseek',
    model: 'deepseek-v4-flash',
    modelServed: 'deepseek-v4-flash-0910',
    credential: 'a1b2c3d4',
    role: 'served',
    policy: 'fixed',
    reason: 'first in order',
    configHash: '0123456789abcdef',
    adapted: null,
    usage: { ...noUsage, input: 1200, cacheRead: 300, output: 250 },
    usageSource: 'provider',
    usageRaw: '{"prompt_tokens":1500,"completion_tokens":250,"total_tokens":1750}',
    cost: 583_700_000n as Money,
    costSource: 'table',
    priceId: 'deepseek/deepseek-v4-flash@2026-09-10',
    reportedUsd: null,
    stream: false,
    status: 200,
    endState: 'complete',
    errorCode: null,
    errorText: null,
    finish: 'stop',
    toolCalls: 0,
    answerId: 'chatcmpl-1',
    queueUs: 310,
    connectUs: null,
    firstByteUs: 210_000,
    firstContentUs: null,
    totalUs: 1_900_000,
    overheadUs: 320,
    saved: null,
    mode: null,
    region: null,
    savedBy: null,
    ...changes,
  }
}

/** The intent that a record closes. */
export function anIntent(changes: Partial<Intent> = {}): Intent {
  const record = aRecord()
  return {
    callId: record.callId,
    attempt: record.attempt,
    at: record.at,
    keyId: record.keyId,
    env: record.env,
    customer: record.customer,
    feature: record.feature,
    session: record.session,
    operation: record.operation,
    dialect: record.dialect,
    modelAsked: record.modelAsked,
    task: record.task,
    provider: 'deepseek',
    model: 'deepseek-v4-flash',
    role: record.role,
    stream: record.stream,
    configHash: record.configHash,
    ceiling: 9_000_000_000n as Money,
    ...changes,
  }
}
