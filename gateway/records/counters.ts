import { fromText, toText } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { Condition, Store, Write } from '../../runtime/store.ts'
import { type RegistryStage, TABLES } from './rows.ts'

/** Leaves of the log, changes of the store where several processes write it, enrolments by stage. */
export type CounterName = 'leaves' | 'changes' | RegistryStage

/** The district's numbers, as the store had them when they were last read or written. */
export type Counters = {
  get(name: CounterName): number
  /** True where the store has, or will have, this number. */
  has(name: CounterName): boolean
  /** Sets a number that the store lacks; it is written with the next change. */
  seed(name: CounterName, value: number): void
  load(): Promise<void>
  /** Whether another process has written since. */
  isStale(): Promise<boolean>
  /** What must still hold when a change commits: nobody else has written. */
  conditions(): readonly Condition[]
  writes(changed: ReadonlyMap<CounterName, number>): readonly Write[]
  /** They are durable now. */
  take(changed: ReadonlyMap<CounterName, number>): void
}

const FENCES: readonly CounterName[] = ['leaves', 'changes']

/** Reads the counters of a store. */
export async function createCounters(store: Store): Promise<Counters> {
  let stored = new Map<string, number>()
  const seeded = new Map<CounterName, number>()

  async function load(): Promise<void> {
    const rows = await store.range(TABLES.counters)
    stored = new Map(rows.map(({ key, value }) => [key, numberOf(key, value)]))
    for (const name of stored.keys()) seeded.delete(name as CounterName)
  }
  await load()
  async function isStale(): Promise<boolean> {
    const value = await store.get(TABLES.counters, 'changes')
    return value !== undefined && numberOf('changes', value) !== stored.get('changes')
  }

  const row = (name: CounterName, value: number | undefined) => ({
    table: TABLES.counters,
    key: name,
    value: value === undefined ? undefined : fromText(String(value)),
  })
  return {
    get: (name) => stored.get(name) ?? seeded.get(name) ?? 0,
    has: (name) => stored.has(name) || seeded.has(name),
    seed: (name, value) => void seeded.set(name, value),
    load,
    isStale,
    conditions: () => FENCES.map((name) => row(name, stored.get(name))),
    writes: (changed) =>
      [...new Map([...seeded, ...changed])]
        .filter(([name, value]) => stored.get(name) !== value)
        .map(([name, value]) => row(name, value)),
    take(changed) {
      for (const [name, value] of [...seeded, ...changed]) stored.set(name, value)
      seeded.clear()
    },
  }
}

function numberOf(name: string, value: Uint8Array): number {
  const number = Number(toText(value))
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new PersonhoodError('store.damaged', `the counter ${name} is no number`)
}
