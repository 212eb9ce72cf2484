import type { EncodedEyes } from '../../biometrics/search/bank.ts'
import type { KernelMemory } from '../../biometrics/search/kernel.ts'
import type { SlabFinds } from '../../biometrics/search/slab-finds.ts'
import type { LayoutName } from '../../biometrics/search/slab-layout.ts'
import type { Plan } from '../../biometrics/search/slab-memory.ts'

/** A slab to sweep: which bank, which slab of it, how many rows, and what to add to each row found. */
export type SlabOrder = readonly [bank: number, slab: number, count: number, addRow: number]

/** What a search worker is told. Memory is shared, never copied: the gallery's, and a probe's. */
export type WorkerOrder =
  | { readonly name: 'bank'; readonly memory: KernelMemory; readonly layout: LayoutName }
  | { readonly name: 'forget-banks' }
  | {
      readonly name: 'probe'
      readonly search: number
      readonly eyes: EncodedEyes
      readonly plan: Plan
    }
  | { readonly name: 'sweep'; readonly search: number; readonly slabs: readonly SlabOrder[] }
  | { readonly name: 'forget-probe'; readonly search: number }

/** What a search worker says: it is there, or what the slabs of its last order have. */
export type WorkerReport =
  | { readonly name: 'ready' }
  | { readonly name: 'swept'; readonly finds: readonly SlabFinds[] }
