import { toHex } from '../../protocol/bytes.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft } from './ledger.ts'
import { pages } from './pages.ts'
import { type RegistryRow, type RegistryStage, recordIdRow, registryRow, TABLES } from './rows.ts'

/** One enrolment in the list of the newest. */
export type RegistryEntry = { readonly record: string; readonly row: RegistryRow }

/** The district's enrolments: rows rest in the store, numbers and the newest ones in memory. */
export type Registry = {
  readonly stages: Readonly<Record<RegistryStage, number>>
  /** The newest enrolments, newest first, at most `RECENT`. */
  readonly recent: readonly RegistryEntry[]
  get(record: string): Promise<RegistryRow | undefined>
  /** What its kiosk saw of the eyes of an enrolment. */
  presentationOf(record: Uint8Array): Promise<RegistryRow['presentation']>
  /** The enrolment whose provisional credential has this identifier. */
  find(credential: string): Promise<RegistryEntry | undefined>
  /** Sets a row; `before` is what was there. */
  set(draft: Draft, record: string, row: RegistryRow, before: RegistryRow | undefined): void
}

const RECENT = 50

/** Opens the registry and counts what is in it. */
export async function openRegistry(store: Store): Promise<Registry> {
  const stages: Record<RegistryStage, number> = { waiting: 0, 'second-look': 0, final: 0 }
  let recent: readonly RegistryEntry[] = []
  const note = (entry: RegistryEntry) => {
    const others = recent.filter(({ record }) => record !== entry.record)
    recent = [...others, entry].sort((a, b) => b.row.logIndex - a.row.logIndex).slice(0, RECENT)
  }
  for await (const { key, value } of pages(store, TABLES.registry)) {
    const row = decodeRecord(registryRow, value)
    stages[row.stage] += 1
    const oldest = recent[RECENT - 1]
    if (oldest === undefined || row.logIndex > oldest.row.logIndex) note({ record: key, row })
  }
  async function get(record: string): Promise<RegistryRow | undefined> {
    const value = await store.get(TABLES.registry, record)
    return value && decodeRecord(registryRow, value)
  }
  return {
    stages,
    get recent() {
      return recent
    },
    get,
    presentationOf: async (record) => (await get(toHex(record)))?.presentation,
    async find(credential) {
      const value = await store.get(TABLES.credentials, credential)
      if (value === undefined) return undefined
      const record = toHex(decodeRecord(recordIdRow, value).record)
      const row = await get(record)
      return row && { record, row }
    },
    set(draft, record, row, before) {
      draft.set(TABLES.registry, record, registryRow, row)
      draft.after(() => {
        if (before !== undefined) stages[before.stage] -= 1
        stages[row.stage] += 1
        if (before === undefined || recent.some((entry) => entry.record === record)) {
          note({ record, row })
        }
      })
    },
  }
}
