import type { GraderKind } from '../grader.ts'
import { factuality } from '../judge/factuality.ts'
import { pairwise } from '../judge/pairwise.ts'
import { rubric } from '../judge/rubric.ts'
import { cost, finish, latency, length } from './bounds.ts'
import { code } from './code.ts'
import { contains, startsWith } from './contains.ts'
import { exact } from './exact.ts'
import { feedback } from './feedback.ts'
import { jsonDiff } from './json-diff.ts'
import { jsonSchema, validToolCalls } from './json-schema.ts'
import { levenshtein } from './levenshtein.ts'
import { numeric } from './numeric.ts'
import { refusal } from './refusal.ts'
import { regex } from './regex.ts'
import { similarity } from './similarity.ts'
import { toolCalls } from './tool-calls.ts'

/** Every grader by its name in the file. */
export const graderKinds: ReadonlyMap<string, GraderKind> = new Map(
  Object.entries({
    exact,
    contains,
    starts_with: startsWith,
    regex,
    numeric,
    json_schema: jsonSchema,
    json_diff: jsonDiff,
    tool_calls: toolCalls,
    valid_tool_calls: validToolCalls,
    code,
    similarity,
    levenshtein,
    length,
    refusal,
    finish,
    cost,
    latency,
    feedback,
    rubric,
    factuality,
    pairwise,
  }),
)
