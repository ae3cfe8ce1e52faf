import { useSyncExternalStore } from 'react'

/** A value outside of React that components follow. */
export class Box<Value> {
  #value: Value
  readonly #listeners = new Set<() => void>()

  constructor(value: Value) {
    this.#value = value
  }

  get value(): Value {
    return this.#value
  }

  put(value: Value): void {
    this.#value = value
    for (const listener of this.#listeners) listener()
  }

  readonly follow = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

export function useBox<Value>(box: Box<Value>): Value {
  return useSyncExternalStore(box.follow, () => box.value)
}
