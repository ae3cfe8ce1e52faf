import {
  allCases,
  type Case,
  cutCases,
  isAlone,
  largeCases,
  uncutCase,
  vendorNames,
} from '../../tests/faults/matrix/cases.ts'
import { startCity } from '../../tests/faults/matrix/city.ts'
import { playAll, streamBytes } from '../../tests/faults/matrix/play.ts'
import { chances, type Part, Wrongs } from './part.ts'

/** About as many cases as there are in all; a smaller count plays that share of them. */
const allKnown = 100_000

export const matrix: Part = {
  says: 'every fault of every vendor to every caller, and streams cut at every byte',
  count: allKnown,
  run: async ({ count, seed, tell }) => {
    const chance = chances(seed)
    const city = await startCity()
    const wrongs = new Wrongs()
    const figures = {
      cases: 0,
      exchanges: 0,
      rows: 0,
      tokens_equal: 0,
      answered: 0,
      broken: 0,
      refused: 0,
    }
    try {
      let next = 0
      const share = Math.min(1, count / allKnown)
      for (const vendor of vendorNames) {
        const cases: Case[] = [...allCases(vendor, next)]
        const large = largeCases(vendor, next + cases.length, share === 1)
        next += large.length
        if (!isAlone(vendor)) {
          const bytes = await streamBytes(city, uncutCase(vendor, next + cases.length))
          cases.push(...cutCases(vendor, bytes, next + cases.length + 1, true))
        }
        next += cases.length + 1
        // Fewer are drawn by chance, so that a short run is a look at all of it.
        const some = share === 1 ? cases : cases.filter(() => chance() < share)
        // A vendor that writes 64 MB to many at once holds up whoever else asks it.
        const played = [
          await playAll(city, large, () => {}, 2),
          await playAll(city, some, (done) => tell(figures.cases + done)),
        ]
        figures.cases += large.length + some.length
        for (const { wrong, tally } of played) {
          for (const sentence of wrong) wrongs.add(sentence)
          figures.exchanges += tally.exchanges
          figures.rows += tally.rows
          figures.tokens_equal += tally.tokens
          figures.answered += tally.ends.answer
          figures.broken += tally.ends.break
          figures.refused += tally.ends.refused
        }
      }
      if (city.town.log().includes('internal_error')) wrongs.add('the gateway failed itself')
      return { wrong: wrongs.all(), figures }
    } finally {
      await city.close()
    }
  },
}
