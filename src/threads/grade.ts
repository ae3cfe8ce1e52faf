/**
 * A process of its own for what may never end: the graders that users write, and regular expressions. It
 * has no keys in its environment, answers one order after another, and is ended from outside.
 */

export type GradeOrder =
  | {
      readonly id: number
      readonly kind: 'run'
      readonly path: string
      readonly name: string | null
      readonly arguments: readonly unknown[]
    }
  | {
      readonly id: number
      readonly kind: 'matches'
      readonly source: string
      readonly flags: string
      readonly texts: readonly string[]
    }

export type FromGrade =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string }

/** What an honest expression takes is far below. */
const doubtMs = 150

const tell = (message: FromGrade): void => {
  process.send?.(message)
}

process.on('message', (order: GradeOrder) => {
  void answer(order).then(
    (value) => tell({ id: order.id, value }),
    (error: unknown) =>
      tell({ id: order.id, error: error instanceof Error ? error.message : String(error) }),
  )
})
process.send?.('ready')
// Whoever started it is gone.
process.on('disconnect', () => process.exit(0))

async function answer(order: GradeOrder): Promise<unknown> {
  if (order.kind === 'matches') {
    const pattern = new RegExp(order.source, order.flags.replaceAll(/[gy]/g, ''))
    return order.texts.map((text) => {
      const began = performance.now()
      const found = pattern.test(text)
      // After a million steps the engine gives up, and says the same as when there is nothing to be found.
      if (!found && performance.now() - began > doubtMs)
        throw new Error(
          'it has so many ways to fit this text that it cannot be told. Write it otherwise.',
        )
      return found
    })
  }
  const { path, name, arguments: given } = order
  const module = (await import(path)) as Readonly<Record<string, unknown>>
  const made = module[name ?? 'default']
  if (typeof made !== 'function')
    throw new TypeError(
      name === null
        ? `${path} has no default export that is a function. Write: export default ({ output }) => ...`
        : `${path} exports no function ${name}.`,
    )
  const value: unknown = await (made as (...given: readonly unknown[]) => unknown)(...given)
  // What cannot be said as JSON is told as such, not lost on the way.
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown)
}
