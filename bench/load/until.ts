/** Waits until something holds, or for so long. */
export async function until(holds: () => boolean, msMax: number): Promise<void> {
  const end = performance.now() + msMax
  while (!holds() && performance.now() < end) await Bun.sleep(5)
}
