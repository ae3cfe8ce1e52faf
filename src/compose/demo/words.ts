import type { AttemptRecord } from '../../core/record.ts'
import type { Payload } from '../../store/ports.ts'
import type { Feature } from './company.ts'
import type { Dice } from './dice.ts'

/** What was asked and answered, in few words: they are read by people who look at the dashboard, and by nobody else. */

interface Talk {
  readonly system: string
  readonly exchanges: readonly (readonly [asked: string, answered: string])[]
}

const talks = {
  support: {
    system:
      'You answer questions of office staff about their subscription. Be brief, name the page on which it is done, and never promise a refund.',
    exchanges: [
      [
        'How do I add a second person to our account?',
        'Open Settings, then People, and choose Invite. Your plan has room for two more; the invitation is valid for a week.',
      ],
      [
        'The export of last month has no totals. Is that a bug?',
        'Totals are left out when the filter shows a single project. Choose All projects above the table and export again.',
      ],
      [
        'Können wir die Rechnungen an eine andere Adresse schicken lassen?',
        'Ja. Unter Einstellungen, Abrechnung können Sie eine eigene Adresse für Rechnungen eintragen; sie gilt ab der nächsten.',
      ],
      [
        '請求書の宛名を変更できますか。',
        'はい。「設定」の「請求」で宛名を変更できます。発行済みの請求書は変わりません。',
      ],
      [
        'كيف أغيّر لغة التقارير؟',
        'افتح الإعدادات ثم «اللغة»، واختر لغة التقارير. تُطبَّق على التقارير الجديدة فقط.',
      ],
      [
        'Who can see the notes that I write on a case?',
        'Everybody in your team. Notes marked as private are seen by you and by administrators alone.',
      ],
    ],
  },
  classify: {
    system: 'Classify the ticket as one of: billing, bug, question, outage. Answer with the label.',
    exchanges: [
      ['We were charged twice in October.', 'billing'],
      ['The page stays white after I sign in.', 'bug'],
      ['Is there a keyboard shortcut for search?', 'question'],
      ['Nobody here can open anything since nine.', 'outage'],
    ],
  },
  summarise: {
    system: 'Summarise the contract in five points: parties, duration, payment, liability, notice.',
    exchanges: [
      [
        'FRAMEWORK AGREEMENT between the parties named below, on the delivery of spare parts …',
        'Parties: manufacturer and distributor.\nDuration: three years from 1 January.\nPayment: within 30 days of delivery.\nLiability: limited to the value of the order, but for intent.\nNotice: six months to the end of a year.',
      ],
      [
        'LEASE of business premises, ground floor and cellar, 214 square metres …',
        'Parties: landlord and a bakery.\nDuration: ten years, with an option on five more.\nPayment: monthly in advance, linked to the price index.\nLiability: the tenant repairs what is inside.\nNotice: twelve months, in writing.',
      ],
    ],
  },
  extract: {
    system: 'Read the invoice and answer with JSON: number, date, net, tax, gross, currency.',
    exchanges: [
      [
        'Invoice 2026-1187 of 3 November. Pallets, 40 pieces. Net 1,240.00 EUR, 19 % 235.60, total 1,475.60.',
        '{"number":"2026-1187","date":"2026-11-03","net":"1240.00","tax":"235.60","gross":"1475.60","currency":"EUR"}',
      ],
      [
        'Счёт № 88 от 5 ноября. Мука, 2 т. Без НДС 96 000, НДС 10 % 9 600, итого 105 600 руб.',
        '{"number":"88","date":"2026-11-05","net":"96000","tax":"9600","gross":"105600","currency":"RUB"}',
      ],
    ],
  },
} satisfies Record<Feature['task'], Talk>

/** The words of a call, for its last attempt. */
export function payloadOf(record: AttemptRecord, task: Feature['task'], dice: Dice): Payload {
  const { system, exchanges } = talks[task] as Talk
  const [asked, answered] = dice.pick(exchanges)
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: asked },
  ]
  const request = { model: record.modelAsked, stream: record.stream, messages }
  const { callId, attempt, at, usage } = record
  const said = record.endState === 'complete'
  return {
    callId,
    attempt,
    at,
    dialect: 'openai-chat',
    request: JSON.stringify(request),
    answer: said
      ? JSON.stringify({
          id: record.answerId,
          object: 'chat.completion',
          created: Math.floor(at / 1_000_000),
          model: record.modelServed,
          choices: [
            { index: 0, message: { role: 'assistant', content: answered }, finish_reason: 'stop' },
          ],
          usage: usage && {
            prompt_tokens: usage.input + usage.cacheRead,
            completion_tokens: usage.output,
            total_tokens: usage.input + usage.cacheRead + usage.output,
          },
        })
      : null,
    mode: 'full',
  }
}
