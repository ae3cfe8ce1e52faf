import type { Move } from '../../catalog/diff.ts'
import type {
  CardJson,
  ImportJson,
  PriceVersionJson,
  ProposalJson,
  ReRatingJson,
  SegmentJson,
} from '../../server/prices-json.ts'
import { dollars, grouped, printable, type Printer, table } from '../print.ts'

export function versionsText(versions: readonly PriceVersionJson[], print: Printer): string {
  if (versions.length === 0)
    return 'The book is empty: every price is that of the shipped catalog, or of prices: in freehold.yaml.'
  return table(
    versions,
    [
      { title: 'ID', value: ({ id }) => String(id), right: true },
      { title: 'MODEL', value: cardName, shrinks: true },
      { title: 'STATE', value: stateText },
      { title: 'KIND', value: ({ kind }) => kind },
      { title: 'KNOWN FROM', value: ({ known_from: from }) => moment(from) },
      { title: 'KNOWN TO', value: ({ known_to: to }) => moment(to) },
      { title: 'SOURCE', value: ({ source }) => source, shrinks: true },
      { title: 'WHY HELD', value: ({ doubts }) => doubts.join('; '), shrinks: true },
    ],
    print,
  )
}

function stateText({ state, known_to: to }: PriceVersionJson): string {
  if (state !== 'known') return state
  return to === null ? 'in force' : 'replaced'
}

function cardName(card: {
  readonly provider: string
  readonly model: string
  readonly region: string
  readonly mode: string
}): string {
  const { provider, model, region, mode } = card
  const apart = [region, mode].filter((name) => name !== 'standard')
  return [`${provider}/${model}`, ...apart].join(' ')
}

export function cardText(card: CardJson, print: Printer): string {
  const body = table(
    card.segments,
    [
      { title: '', value: ({ id }) => (id === card.valid ? '*' : '') },
      { title: 'PRICE', value: ({ id }) => id },
      { title: 'PER MILLION', value: priceText, shrinks: true },
      { title: 'VALID', value: ({ from, to }) => spanText(from, to) },
      { title: 'HOURS', value: hoursText },
      { title: 'KNOWN', value: ({ known_from: from, known_to: to }) => spanText(from, to) },
      { title: 'SOURCE', value: ({ source }) => source, shrinks: true },
    ],
    print,
  )
  const last =
    card.valid === null
      ? 'No price was believed to be valid then.'
      : `* valid then, as it was believed: ${card.valid}`
  return [cardName(card), '', body, '', last].join('\n')
}

function whatText({ what, at }: ProposalJson): string {
  return at === null ? what : `${what} from ${at.slice(0, 10)}`
}

function priceText({ price, currency, tiers }: SegmentJson): string {
  const said = (each: Readonly<Record<string, string>>): string =>
    Object.entries(each)
      .map(([kind, text]) => `${kind} ${text}`)
      .join(', ')
  const above = tiers.map(
    ({ above_input_tokens: bound, price: tier }) => `above ${grouped(bound)}: ${said(tier)}`,
  )
  return [`${currency} ${said(price)}`, ...above].join('; ')
}

function hoursText({ windows, days }: SegmentJson): string {
  const hour = (minute: number): string =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return [
    ...(windows ?? []).map(([start, end]) => `${hour(start)}-${hour(end)} UTC`),
    ...(days === null ? [] : [`days ${days.join(' ')}`]),
  ].join(', ')
}

function spanText(from: string | null, to: string | null): string {
  if (from === null && to === null) return 'always'
  return `${moment(from)} to ${moment(to)}`
}

function moment(at: string | null): string {
  return at === null ? '-' : at.slice(0, 16).replace('T', ' ')
}

export function importText(found: ImportJson, dry: boolean, print: Printer): string {
  const { proposals, same, gone, elsewhere } = found
  const moves = proposals.flatMap((proposal) =>
    (proposal.moves.length === 0 ? [noMove] : proposal.moves).map((move, place) => ({
      ...move,
      proposal,
      isFirst: place === 0,
    })),
  )
  const held = proposals.filter(({ state, all_doubts: doubts }) =>
    state === null ? doubts.length > 0 : state === 'held',
  )
  const body =
    moves.length === 0
      ? []
      : [
          table(
            moves,
            [
              {
                title: 'ID',
                value: ({ proposal, isFirst }) =>
                  isFirst && proposal.id !== null ? String(proposal.id) : '',
                right: true,
              },
              {
                title: 'MODEL',
                value: ({ proposal, isFirst }) => (isFirst ? cardName(proposal) : ''),
                shrinks: true,
              },
              {
                title: 'WHAT',
                value: ({ proposal, isFirst }) => (isFirst ? whatText(proposal) : ''),
              },
              { title: 'METER', value: ({ meter }) => meter },
              { title: 'OLD', value: ({ before }) => before ?? '-', right: true },
              { title: 'NEW', value: ({ after }) => after ?? '-', right: true },
              { title: 'RATIO', value: ({ ratio }) => ratio ?? '', right: true },
              {
                title: 'HELD, BECAUSE',
                value: ({ proposal, isFirst }) => (isFirst ? proposal.all_doubts.join('; ') : ''),
                shrinks: true,
              },
            ],
            print,
          ),
          '',
        ]
  return [
    ...body,
    `${count(proposals, 'new')} new, ${count(proposals, 'changed')} changed, ${grouped(same)} the same, ${grouped(gone.length)} gone, ${grouped(elsewhere)} cards of providers that are not live here.`,
    ...(gone.length > 0
      ? [
          `Not in the table, and left as they are: ${gone.slice(0, 10).map(printable).join(', ')}${gone.length > 10 ? ' ...' : ''}`,
        ]
      : []),
    ...(dry ? ['Nothing was kept: this was --dry.'] : []),
    ...(held.length > 0 && !dry
      ? [
          `${grouped(held.length)} are held back. Put them in force with freehold prices confirm ID, or keep them out with freehold prices reject ID.`,
        ]
      : []),
    ...found.refused.map((why) => `Not in force yet: ${printable(why)}`),
  ].join('\n')
}

const noMove: Move = { meter: '-', before: null, after: null, ratio: null, doubts: [] }

function count(proposals: ImportJson['proposals'], what: string): string {
  return grouped(proposals.filter((proposal) => proposal.what === what).length)
}

export function reRatingText(found: ReRatingJson, dry: boolean, print: Printer): string {
  const { looked, corrected, newly_known: known, still_unknown: unknown } = found
  const rows =
    found.models.length === 0
      ? []
      : [
          table(
            found.models,
            [
              { title: 'MODEL', value: ({ model }) => model, shrinks: true },
              { title: 'ATTEMPTS', value: (row) => grouped(row.corrected), right: true },
              { title: 'DIFFERENCE', value: (row) => dollars(row.difference_usd), right: true },
            ],
            print,
          ),
          '',
        ]
  return [
    ...rows,
    `${grouped(looked)} attempts looked at, ${grouped(corrected)} ${dry ? 'would be corrected' : 'corrected'} by ${dollars(found.difference_usd)} together.`,
    ...(known > 0 ? [`${grouped(known)} of them had no known cost before.`] : []),
    ...(unknown > 0 ? [`${grouped(unknown)} still have no known price.`] : []),
    ...(dry && corrected > 0 ? ['Nothing was booked. Book it with --yes.'] : []),
  ].join('\n')
}
