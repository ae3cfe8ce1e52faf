import { useEffect, useState } from 'react'

/** What a value came to once it has stood still for a moment: what a slider asks for while it is moved. */
export function useSettled<Value>(value: Value, ms = 180): Value {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
