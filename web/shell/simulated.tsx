import { When } from '../parts/figures.tsx'
import { useAsk } from '../state/ask.ts'

/** On every page of a demo: nothing that it shows has happened. */
export function Simulated() {
  const { answer } = useAsk('/api/status')
  if (answer === null || answer.simulated === null) return null
  const { since, until } = answer.simulated
  return (
    <p className="simulated" role="note">
      <strong>Simulated.</strong> A company that does not exist, from{' '}
      <When at={since} style="date" /> to <When at={until} style="date" />. Calls that you send are
      answered by the simulator.
    </p>
  )
}
