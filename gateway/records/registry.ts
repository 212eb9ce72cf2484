import { toHex } from '../../protocol/bytes.ts'
import { decodeRecord } from '../../protocol/schema.ts'
import type { Store } from '../../runtime/store.ts'
import type { Draft, Ledger } from './ledger.ts'
import { pages } from './pages.ts'
import { type RegistryRow, type RegistryStage, recordIdRow, registryRow, TABLES } from './rows.ts'

/** One enrolment in the list of the newest. */
export type RegistryEntry = { readonly record: string; readonly row: RegistryRow }

/** The district's enrolments: rows rest in the store, numbers and the newest ones in memory. */
export type Registry = RegistryRows & {
  readonly stages: Readonly<Record<RegistryStage, number>>
  /** The newest enrolments, newest first, at most `RECENT`. */
  readonly recent: readonly RegistryEntry[]
}

/** The rows of the district's enrolments. */
export type RegistryRows = {
  get(record: string): Promise<RegistryRow | undefined>
  /** What its kiosk saw of the eyes of an enrolment. */
  presentationOf(record: Uint8Array): Promise<RegistryRow['presentation']>
  /** The enrolment whose provisional credential has this identifier. */
  find(credential: string): Promise<RegistryEntry | undefined>
  /** Sets a row; `before` is what was there. */
  set(draft: Draft, record: string, row: RegistryRow, before: RegistryRow | undefined): void
}

const RECENT = 50
const STAGES: readonly RegistryStage[] = ['waiting', 'second-look', 'final']

/** Opens the registry and reads which enrolments are the newest. */
export async function openRegistry(store: Store, ledger: Ledger): Promise<Registry> {
  const { counters } = ledger
  const counted: Record<RegistryStage, number> = { waiting: 0, 'second-look': 0, final: 0 }
  let recent: readonly RegistryEntry[] = []
  const note = (entry: RegistryEntry) => {
    const others = recent.filter(({ record }) => record !== entry.record)
    recent = [...others, entry].sort((a, b) => b.row.logIndex - a.row.logIndex).slice(0, RECENT)
  }
  const noteIfNew = (entry: RegistryEntry) => {
    const oldest = recent[RECENT - 1]
    if (oldest === undefined || entry.row.logIndex >= oldest.row.logIndex) note(entry)
  }
  for await (const { key, value } of pages(store, TABLES.registry)) {
    const row = decodeRecord(registryRow, value)
    counted[row.stage] += 1
    noteIfNew({ record: key, row })
  }
  for (const stage of STAGES) if (!counters.has(stage)) counters.seed(stage, counted[stage])
  ledger.follow(TABLES.registry, (record, value) => {
    if (value !== undefined) noteIfNew({ record, row: decodeRecord(registryRow, value) })
  })
  return {
    ...openRegistryRows(store, noteIfNew),
    get stages() {
      const [waiting, secondLook, final] = STAGES.map(counters.get)
      return { waiting: waiting ?? 0, 'second-look': secondLook ?? 0, final: final ?? 0 }
    },
    get recent() {
      return recent
    },
  }
}

/** The registry for a process that shows nothing of it. */
export function openRegistryRows(
  store: Store,
  onSet: (entry: RegistryEntry) => void = () => {},
): RegistryRows {
  async function get(record: string): Promise<RegistryRow | undefined> {
    const value = await store.get(TABLES.registry, record)
    return value && decodeRecord(registryRow, value)
  }
  return {
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
      if (before !== undefined) draft.count(before.stage, -1)
      draft.count(row.stage, 1)
      draft.after(() => onSet({ record, row }))
    },
  }
}
