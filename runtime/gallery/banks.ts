import { type Bank, createBank, type EncodedEyes } from '../../biometrics/search/bank.ts'
import type { PersonEyes } from '../../biometrics/search/exhaustive.ts'
import type { Backend, Kernel } from '../../biometrics/search/kernel.ts'
import { type SlabFinds, shiftFinds } from '../../biometrics/search/slab-finds.ts'
import type { SearchProbe } from '../../biometrics/search/slab-search.ts'
import { PersonhoodError } from '../../protocol/errors.ts'

/** What a gallery keeps in memory: sketches (`lean`), or templates as well (`resident`). */
export type GalleryMemory = 'lean' | 'resident'

/** A slab of a lane: which bank of it, which slab there, and what to add to its rows. */
export type SlabPlace = {
  readonly bank: number
  readonly slab: number
  readonly addRow: number
}

/**
 * The rows of a gallery, spread over lanes slab by slab, so that as many threads search as many rows
 * each. A lane has a bank, and another when that is full: a memory holds at most 4 GiB.
 */
export class Banks {
  readonly memory: GalleryMemory
  readonly backend: Backend
  readonly slabRows: number
  /** False where there is nothing to sweep: a lean gallery without SIMD reads all from the store. */
  readonly hasRows: boolean
  readonly #lanes: Bank[][]
  readonly #kernel: Kernel | undefined
  readonly #slabsOfBank: number
  /** Told of each bank that is added. */
  onBank: (lane: number, bank: Bank) => void = () => {}

  constructor(kernel: Kernel | undefined, memory: GalleryMemory, lanes: number) {
    this.memory = memory
    this.#kernel = kernel
    const first = createBank(kernel, memory)
    this.backend = first.backend
    this.slabRows = first.slabRows
    this.hasRows = memory === 'resident' || first.memory !== undefined
    this.#slabsOfBank = Math.floor(first.capacity / first.slabRows)
    this.#lanes = [[first]]
    while (first.memory && this.#lanes.length < lanes) {
      const bank = createBank(kernel, memory)
      // Each memory reserves some 10 GiB of addresses: where so many are not to be had, fewer lanes do.
      if (!bank.memory) break
      this.#lanes.push([bank])
    }
  }

  /** Bytes of the memories, scratch and all. */
  get bytes(): number {
    return this.#lanes.flat().reduce((sum, { memory }) => sum + (memory?.bytes ?? 0), 0)
  }

  get lanes(): number {
    return this.#lanes.length
  }

  /** The banks of a lane, in the order of `SlabPlace.bank`. */
  banksOf(lane: number): readonly Bank[] {
    return this.#lanes[lane] ?? []
  }

  laneOf(slab: number): number {
    return slab % this.#lanes.length
  }

  placeOf(slab: number): SlabPlace {
    const inLane = Math.floor(slab / this.#lanes.length)
    const own = inLane % this.#slabsOfBank
    return {
      bank: Math.floor(inLane / this.#slabsOfBank),
      slab: own,
      addRow: (slab - own) * this.slabRows,
    }
  }

  put(row: number, eyes: PersonEyes | undefined): void {
    const [bank, own] = this.#at(row)
    bank.put(own, eyes)
  }

  putEncoded(row: number, eyes: EncodedEyes): void {
    const [bank, own] = this.#at(row)
    bank.putEncoded(own, eyes)
  }

  /** Copies what one row has to another one. */
  copyRow(from: number, to: number): void {
    const [bank, own] = this.#at(from)
    const [target, targetRow] = this.#at(to)
    target.copyRow(bank, own, targetRow)
  }

  /** Copies a row into a bank that keeps no more than these do. */
  copyTo(target: Bank, row: number, targetRow: number): void {
    const [bank, own] = this.#at(row)
    target.copyRow(bank, own, targetRow)
  }

  /** The bank and the slab of it that a slab is in. */
  slabAt(slab: number): readonly [bank: Bank, slab: number] {
    const place = this.placeOf(slab)
    return [this.#bank(this.laneOf(slab), place.bank), place.slab]
  }

  /** Sweeps a slab in the calling thread. */
  sweep(probe: SearchProbe, slab: number, count: number): SlabFinds {
    const [bank, own] = this.slabAt(slab)
    return shiftFinds(bank.sweep(probe, own, count), this.placeOf(slab).addRow)
  }

  /** Overwrites what the calling thread's sweeps still have of probes. */
  forget(): void {
    for (const bank of this.#lanes.flat()) bank.forget()
  }

  #at(row: number): readonly [bank: Bank, row: number] {
    const [bank, slab] = this.slabAt(Math.floor(row / this.slabRows))
    return [bank, slab * this.slabRows + (row % this.slabRows)]
  }

  #bank(lane: number, index: number): Bank {
    const banks = this.#lanes[lane] as Bank[]
    let bank = banks[index]
    while (bank === undefined) {
      const added = createBank(this.#kernel, this.memory)
      if (added.backend !== this.backend) {
        throw new PersonhoodError(
          'call.search-memory',
          'no more memory is to be had for the search',
        )
      }
      banks.push(added)
      this.onBank(lane, added)
      bank = banks[index]
    }
    return bank
  }
}
