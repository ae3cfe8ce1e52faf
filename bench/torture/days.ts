import { wrongsOf } from '../../tests/simulation/checker.ts'
import { liveThrough } from '../../tests/simulation/day.ts'
import { leftOver } from '../../tests/simulation/rest.ts'
import { type Part, Wrongs } from './part.ts'

export const days: Part = {
  says: 'simulated days of faults: no row lost or double, tokens equal, no budget and no rate passed',
  count: 100,
  run: async ({ count, seed, tell }) => {
    const wrongs = new Wrongs()
    const figures = {
      days: 0,
      calls: 0,
      exchanges: 0,
      rows: 0,
      kills: 0,
      torn_writes: 0,
      disk_faults: 0,
    }
    for (let index = 0; index < count; index += 1) {
      const day = await liveThrough(seed + index)
      for (const sentence of [...wrongsOf(day), ...leftOver(day)])
        wrongs.add(`SIMULATION_SEED=${day.seed}: ${sentence}`)
      figures.days += 1
      figures.calls += day.asked.length
      figures.exchanges += day.heard.length
      figures.rows += day.rows.length
      figures.kills += day.figures.kills
      figures.torn_writes += day.figures.tornWrites
      figures.disk_faults += day.disk.failed
      tell(index + 1)
    }
    return { wrong: wrongs.all(), figures }
  },
}
