import {
  afterEscape,
  alnum,
  base64,
  credential,
  digit,
  hex,
  is,
  numberStarts,
  pathOfTokens,
  runEnd,
  runStart,
  token,
  upper,
  wordStarts,
  type Detector,
} from './characters.ts'
import { isRandom } from './random.ts'

/** Keys whose makers gave them a beginning. What follows has to look drawn by lot. */
interface Marked {
  /** What must stand behind the head before the random part; null for nothing. */
  readonly more: RegExp | null
  /** Classes of characters that the random part is made of. */
  readonly belongs: number
  readonly lengthMin: number
}

/** By their beginning, up to the first '-' or '_'. */
const marked: ReadonlyMap<string, Marked> = new Map(
  (
    [
      ['sk-', '', token, 16], // OpenAI, Anthropic, DeepSeek, Moonshot, Qwen, OpenRouter
      ['sk_', '(?:live|test)_', alnum, 16], // Stripe
      ['rk_', '(?:live|test)_', alnum, 16],
      ['whsec_', '', base64, 16],
      ['ghp_', '', alnum, 30], // GitHub
      ['gho_', '', alnum, 30],
      ['ghu_', '', alnum, 30],
      ['ghs_', '', alnum, 30],
      ['ghr_', '', alnum, 30],
      ['github_', 'pat_', token, 30],
      ['xoxb-', '', token, 10], // Slack
      ['xoxa-', '', token, 10],
      ['xoxp-', '', token, 10],
      ['xoxr-', '', token, 10],
      ['xoxs-', '', token, 10],
      ['xoxe-', '', token, 10],
      ['xapp-', '', token, 10],
      ['glpat-', '', token, 16], // GitLab
      ['hf_', '', alnum, 20], // Hugging Face
      ['fh_', '', token, 16], // ours
      ['gsk_', '', alnum, 20], // Groq
      ['xai-', '', alnum, 20],
      ['nvapi-', '', token, 20],
      ['pplx-', '', alnum, 20],
      ['fw_', '', alnum, 20], // Fireworks
      ['r8_', '', alnum, 20], // Replicate
      ['npm_', '', alnum, 30],
      ['bce-', 'v3/', pathOfTokens, 20], // Baidu
    ] as const
  ).map(([head, more, belongs, lengthMin]) => [
    head,
    { more: more === '' ? null : new RegExp(`^${more}`), belongs, lengthMin },
  ]),
)

/** The last two characters of each beginning: a look that spares most hyphens the others. */
const endings = new Set([...marked.keys()].map((head) => endingOf(head, head.length - 1)))

function endingOf(text: string, end: number): number {
  return text.charCodeAt(end - 2) * 65_536 + text.charCodeAt(end - 1)
}

/** How many characters are looked at to tell a drawn key from a name; then all of it is taken. */
const looked = 40

/** A key that its maker marked: 'sk-...', 'ghp_...'. @param at  the first '-' or '_' in it */
export const markedSecret: Detector = (text, at, floor) => {
  if (!endings.has(endingOf(text, at))) return null
  const run = runStart(text, at, alnum, floor, 12)
  const start = afterEscape(text, run, floor)
  const mark = marked.get(text.slice(start, at + 1))
  if (mark === undefined || !wordStarts(text, start, floor)) return null
  const more = mark.more === null ? '' : mark.more.exec(text.slice(at + 1, at + 9))?.[0]
  if (more === undefined) return null
  const from = at + 1 + more.length
  const seen = runEnd(text, from, mark.belongs, looked)
  if (seen - from < mark.lengthMin || !isRandom(text, from, seen)) return null
  return { kind: 'secret', start, end: runEnd(text, from, mark.belongs) }
}

/** Keys of AWS and Google, which have a fixed length. @param at  their first 'I' */
export const cloudKey: Detector = (text, at, floor) => {
  const next = text.charCodeAt(at + 1)
  if (next !== 0x7a && next !== 0x41) return null
  const google = next === 0x7a
  const start = google ? at - 1 : at - 2
  if (start < floor) return null
  const [mark, rest, belongs] = google
    ? ([/^AIza$/, 35, token] as const)
    : ([/^A[KS]IA$/, 16, upper | digit] as const)
  if (!mark.test(text.slice(start, start + 4)) || !wordStarts(text, start, floor)) return null
  const end = runEnd(text, start + 4, belongs, rest)
  if (end - start - 4 !== rest || is(text.charCodeAt(end), alnum)) return null
  return { kind: 'secret', start, end }
}

/** A JSON Web Token: two or three runs of base64, the first of which begins with '{"'. @param at  'J' */
export const webToken: Detector = (text, at, floor) => {
  const start = at - 2
  if (start < floor || text.charCodeAt(start) !== 0x65 || text.charCodeAt(at - 1) !== 0x79)
    return null
  if (!wordStarts(text, start, floor)) return null
  if (start > floor && text.charCodeAt(start - 1) === 0x2d) return null
  const head = runEnd(text, start, token)
  if (head - start < 10 || text[head] !== '.') return null
  const body = runEnd(text, head + 1, token)
  if (body - head < 10) return null
  return { kind: 'secret', start, end: text[body] === '.' ? runEnd(text, body + 1, token) : body }
}

/** 'Bearer' and what it bears. @param at  the 'B' or 'b' */
export const bearerToken: Detector = (text, at, floor) => {
  // Many words begin with 'be', and few with 'bea'.
  if ((text.charCodeAt(at + 1) | 0x20) !== 0x65) return null
  if ((text.charCodeAt(at + 2) | 0x20) !== 0x61) return null
  const word = /^bearer[ \t]{1,3}/i.exec(text.slice(at, at + 9))
  if (word === null || !wordStarts(text, at, floor)) return null
  const start = at + word[0].length
  const seen = runEnd(text, start, credential, looked)
  if (seen - start < 12 || !isRandom(text, start, seen)) return null
  return { kind: 'secret', start, end: runEnd(text, start, credential) }
}

/** Zhipu's keys: 32 hex digits, a dot, 16 letters and digits. @param at  the dot */
export const dottedKey: Detector = (text, at, floor) => {
  const start = runStart(text, at, hex, floor, 33)
  if (at - start !== 32 || !numberStarts(text, start, floor)) return null
  const end = runEnd(text, at + 1, alnum, 17)
  return end - at === 17 ? { kind: 'secret', start, end } : null
}

/** A private key as PEM, whole or cut. @param at  its first '-' */
export const privateKey: Detector = (text, at, floor) => {
  if (text.charCodeAt(at + 1) !== 0x2d || (at > floor && text.charCodeAt(at - 1) === 0x2d))
    return null
  const head = /^-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----/.exec(
    text.slice(at, at + 80),
  )
  if (head === null) return null
  const body = at + head[0].length
  // The next five hyphens end this key or begin another: each is looked for once in the text.
  const foot = text.indexOf('-----', body)
  const end = /^-----END [A-Z0-9 ]{0,30}-----/.exec(text.slice(foot, foot + 80))
  if (foot !== -1 && end && foot - body < 32_768) {
    return { kind: 'secret', start: at, end: foot + end[0].length }
  }
  return { kind: 'secret', start: at, end: cutKeyEnd(text, body) }
}

/** User and password in a URL. @param at  the ':' before '//' */
export const urlCredentials: Detector = (text, at) => {
  if (text.charCodeAt(at + 1) !== 0x2f || text.charCodeAt(at + 2) !== 0x2f) return null
  const start = at + 3
  const authority = /^[^\s/?#"'\\`<>{}[\]|^,]*/.exec(text.slice(start, start + 300))![0]
  const userinfo = authority.lastIndexOf('@')
  const colon = authority.indexOf(':')
  if (userinfo === -1 || colon === -1 || colon >= userinfo - 1) return null
  return { kind: 'secret', start, end: start + userinfo }
}

/** An image or another file in base64: nothing in it is worth a look. @param at  the ':' of 'data:' */
export const dataUrl: Detector = (text, at, floor) => {
  if (at - 4 < floor || (text.charCodeAt(at - 2) | 0x20) !== 0x74) return null
  if (text.slice(at - 4, at).toLowerCase() !== 'data') return null
  const type = /^[\w.+-]{1,80}\/[\w.+-]{1,80}(?:;[\w-]{1,40}=[\w.-]{1,80}){0,3};base64,/.exec(
    text.slice(at + 1, at + 300),
  )
  if (type === null) return null
  const start = at + 1 + type[0].length
  return { kind: null, start, end: runEnd(text, start, base64) }
}

function cutKeyEnd(text: string, body: number): number {
  for (let end = body; ;) {
    let word = end
    while (breaks.test(text.slice(word, word + 1))) {
      word += text[word] === '\\' && /[nr]/.test(text[word + 1] ?? '') ? 2 : 1
    }
    const stop = runEnd(text, word, base64)
    if (stop - word < 16) return end
    end = stop
  }
}

const breaks = /^[\s\\]/
