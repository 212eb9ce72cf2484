import { equalBytes } from '../../protocol/bytes.ts'
import type { VirtualCard } from './virtual-card.ts'

/** A virtual NTAG216 (data sheet NTAG213_215_216 rev. 3.2): pages of 4 bytes, lock bits, password; no ISO/IEC 14443-4. */
export type Ntag216 = VirtualCard & {
  /** All pages, password included. */
  snapshot(): Uint8Array
  /** Tears the card out of the field at the n-th page write from now (1 = the next), the page left as it was or written. */
  tearAt(write: number, isWritten: boolean): void
}

const PAGES = 231
const PAGE_BYTES = 4
const READ_BYTES = 16
const LOCKS = 2
const ONE_TIME = 3
const FIRST_FREE = 4
const DYNAMIC_LOCKS = 0xe2
const PROTECTED_FROM = 0xe3
const ACCESS = 0xe4
const PASSWORD = 0xe5
const ANSWER = 0xe6
const READ_IS_PROTECTED = 0x80
const TRIES_MASK = 0x07
const VERSION = Uint8Array.of(0x00, 0x04, 0x04, 0x02, 0x01, 0x00, 0x13, 0x03)
const TAKEN = new Uint8Array(0)

/** A blank one, as from the factory. */
export function createNtag216(uid: Uint8Array): Ntag216 {
  return new VirtualNtag216(uid)
}

class VirtualNtag216 implements Ntag216 {
  readonly atqa: Uint8Array = Uint8Array.of(0x00, 0x44)
  readonly sak = 0x00
  readonly ats: Uint8Array = new Uint8Array(0)
  readonly uid: Uint8Array
  readonly #pages = new Uint8Array(PAGES * PAGE_BYTES)
  #isUnlocked = false
  #wrongTries = 0
  #tear: { write: number; readonly isWritten: boolean } | undefined
  #isAway = false

  constructor(uid: Uint8Array) {
    this.uid = uid.slice()
    const [u0 = 4, u1 = 0, u2 = 0, ...rest] = uid
    // §8.5.1: UID with its check bytes; §8.5.6: capability container; an empty message.
    const check = rest.reduce((x, y) => x ^ y, 0)
    this.#pages.set([u0, u1, u2, 0x88 ^ u0 ^ u1 ^ u2, ...rest, check, 0x48])
    this.#pages.set([0xe1, 0x10, 0x6d, 0x00, 0x03, 0x00, 0xfe], ONE_TIME * PAGE_BYTES)
    this.#pages.set([0x04, 0x00, 0x00, 0xff], PROTECTED_FROM * PAGE_BYTES)
    this.#pages.set([0xff, 0xff, 0xff, 0xff], PASSWORD * PAGE_BYTES)
  }

  get isAway(): boolean {
    return this.#isAway
  }

  snapshot(): Uint8Array {
    return this.#pages.slice()
  }

  tearAt(write: number, isWritten: boolean): void {
    this.#tear = { write, isWritten }
  }

  arrive(): void {
    this.reset()
    this.#isAway = false
  }

  reset(): void {
    this.#isUnlocked = false
  }

  exchange(command: Uint8Array): Uint8Array | undefined {
    if (this.#isAway) return undefined
    const [code, page = PAGES] = command
    const hasPage = page < PAGES
    switch (code) {
      case 0x60:
        return command.length === 1 ? VERSION.slice() : undefined
      case 0x30:
        return command.length === 2 && hasPage ? this.#read(page, READ_BYTES) : undefined
      case 0x3a:
        return this.#fastRead(command)
      case 0xa2:
        return command.length === 6 && hasPage ? this.#write(page, command.slice(2)) : undefined
      case 0xa0: // COMPATIBILITY_WRITE: 16 bytes, of which the first four count.
        return command.length === 18 && hasPage ? this.#write(page, command.slice(2, 6)) : undefined
      case 0x1b:
        return command.length === 5 ? this.#authenticate(command.slice(1)) : undefined
      default:
        return undefined
    }
  }

  /** §10.2: a read over the end goes on at page 0; password and its answer read as zeros. */
  #read(page: number, length: number): Uint8Array | undefined {
    if (this.#isProtected(page, READ_IS_PROTECTED)) return undefined
    const shown = this.#pages.slice()
    shown.fill(0, PASSWORD * PAGE_BYTES)
    const at = page * PAGE_BYTES
    return Uint8Array.from({ length }, (_, i) => shown[(at + i) % shown.length] ?? 0)
  }

  #fastRead([, first = PAGES, last = PAGES]: Uint8Array): Uint8Array | undefined {
    if (first > last || last >= PAGES || this.#isProtected(last, READ_IS_PROTECTED))
      return undefined
    return this.#read(first, (last - first + 1) * PAGE_BYTES)
  }

  #write(page: number, bytes: Uint8Array): Uint8Array | undefined {
    if (page < LOCKS || this.#isLocked(page) || this.#isProtected(page, 0)) return undefined
    const tear = this.#takeTear()
    if (tear === undefined || tear.isWritten) this.#put(page, bytes)
    this.#isAway = tear !== undefined
    return this.#isAway ? undefined : TAKEN.slice()
  }

  /** Lock and one-time bits are only ever set. */
  #put(page: number, bytes: Uint8Array): void {
    const at = page * PAGE_BYTES
    for (const [i, byte] of bytes.entries()) {
      const old = this.#pages[at + i] ?? 0
      if (page === LOCKS && i < 2) continue
      const isSetOnly = page === LOCKS || page === ONE_TIME || page === DYNAMIC_LOCKS
      this.#pages[at + i] = isSetOnly ? old | byte : byte
    }
  }

  /** Static lock bytes: a bit for each of pages 3 to 15 (§8.5.2). */
  #isLocked(page: number): boolean {
    if (page < ONE_TIME || page > 15) return false
    const at = LOCKS * PAGE_BYTES + (page < 8 ? 2 : 3)
    return ((this.#pages[at] ?? 0) & (1 << (page % 8))) !== 0
  }

  #isProtected(page: number, needed: number): boolean {
    const from = this.#pages[PROTECTED_FROM * PAGE_BYTES + 3] ?? 0xff
    const access = this.#pages[ACCESS * PAGE_BYTES] ?? 0
    const isMeant = needed === 0 || (access & needed) !== 0
    return isMeant && page >= from && page >= FIRST_FREE && !this.#isUnlocked
  }

  #authenticate(password: Uint8Array): Uint8Array | undefined {
    const limit = (this.#pages[ACCESS * PAGE_BYTES] ?? 0) & TRIES_MASK
    if (limit > 0 && this.#wrongTries >= 2 ** limit) return undefined
    const own = this.#pages.slice(PASSWORD * PAGE_BYTES, PASSWORD * PAGE_BYTES + PAGE_BYTES)
    this.#isUnlocked = equalBytes(own, password)
    this.#wrongTries = this.#isUnlocked ? 0 : this.#wrongTries + 1
    const at = ANSWER * PAGE_BYTES
    return this.#isUnlocked ? this.#pages.slice(at, at + 2) : undefined
  }

  #takeTear(): { readonly isWritten: boolean } | undefined {
    const tear = this.#tear
    if (tear === undefined || --tear.write > 0) return undefined
    this.#tear = undefined
    return tear
  }
}
