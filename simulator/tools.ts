import { promptOf, type Ask, type Tool } from './ask.ts'
import type { Chance } from './chance.ts'
import { fit, properNames } from './schema.ts'

export interface MadeCall {
  readonly name: string
  /** JSON text. */
  readonly input: string
}

/**
 * The tool calls that a prompt asks for.
 *
 * - `required` or a named tool: at least one call.
 * - `auto`: a call when the last thing the user said has a tool's name or a word of its description in
 *   it, and none once the tools have answered.
 * - Several at once: when two tools are named, when it says 'both', or when one tool is asked about
 *   names joined by 'and' (Paris and Oslo).
 */
export function callsFor(ask: Ask, random: Chance): readonly MadeCall[] {
  const tools = wantedTools(ask)
  const prompt = promptOf(ask)
  const only = tools.length === 1 ? tools[0] : undefined
  const subjects = only ? subjectsOf(prompt) : []
  const calls =
    only && subjects.length > 1
      ? subjects.map((subject) => make(only, prompt, subject, random))
      : tools.map((tool) => make(tool, prompt, null, random))
  return ask.parallel ? calls : calls.slice(0, 1)
}

function wantedTools(ask: Ask): readonly Tool[] {
  const { tools, toolChoice } = ask
  if (toolChoice === 'none' || tools.length === 0) return []
  if (typeof toolChoice === 'object') return tools.filter((tool) => tool.name === toolChoice.name)
  if (toolChoice === 'auto' && ask.turns.at(-1)?.role === 'tool') return []
  const mentioned = mentionedTools(tools, promptOf(ask))
  return mentioned.length === 0 && toolChoice === 'required' ? tools.slice(0, 1) : mentioned
}

function mentionedTools(tools: readonly Tool[], prompt: string): readonly Tool[] {
  const said = new Set(wordsIn(prompt))
  const named = tools.filter((tool) => isNamed(tool, prompt))
  if (named.length > 1) return named
  const matched = tools
    .map((tool) => ({
      tool,
      hits: new Set(keywordsOf(tool).filter((word) => said.has(word))).size,
    }))
    .filter(({ hits }) => hits > 0)
  if (/\bboth\b/i.test(prompt) && matched.length > 1) return matched.map(({ tool }) => tool)
  if (named.length === 1) return named
  const best = matched.toSorted((a, b) => b.hits - a.hits)[0]
  return best ? [best.tool] : []
}

function isNamed(tool: Tool, prompt: string): boolean {
  const low = prompt.toLowerCase()
  const name = tool.name.toLowerCase()
  return name !== '' && (low.includes(name) || low.includes(name.replaceAll(/[_-]+/g, ' ')))
}

/** Words that stand in the description of nearly every tool. */
const common = new Set(
  'about answer call current data fetch find from function given gets have information into lookup make name over provide request result return returns send show some string that their then there this tool user value when which with your'.split(
    ' ',
  ),
)

function keywordsOf(tool: Tool): readonly string[] {
  return wordsIn(`${tool.name} ${tool.description}`).filter((word) => !common.has(word))
}

function wordsIn(text: string): readonly string[] {
  const spaced = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').replaceAll('_', ' ')
  return spaced.toLowerCase().match(/\p{L}{4,}/gu) ?? []
}

/** Names that are listed side by side: 'Paris, New York and Oslo'. */
function subjectsOf(prompt: string): readonly string[] {
  const name = `\\p{Lu}[\\p{L}'’-]*(?: \\p{Lu}[\\p{L}'’-]*)*`
  const list = new RegExp(`${name}(?:, ${name})*,? and (?:in )?${name}`, 'u').exec(
    prompt.slice(0, 4000),
  )
  return list ? properNames(list[0]) : []
}

function make(tool: Tool, prompt: string, subject: string | null, random: Chance): MadeCall {
  const input = fit(tool.schema, { prompt, subject, random })
  return { name: tool.name, input: JSON.stringify(input) }
}
