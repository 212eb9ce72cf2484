import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  createNtag424,
  type Ntag424,
  restoreNtag424,
} from '../../hardware/nfc/ntag424-simulator.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import { prepareDemoCard } from './demo-cards.ts'

/** A virtual card and whose it is. */
export type BoxedCard = {
  readonly id: string
  readonly owner: string
  /** Tells a resident's cards apart: 1, 2, … */
  readonly label: string
  readonly card: Ntag424
}

/** All virtual cards of a room. With a folder they outlive the process, as cards do. */
export type CardBox = {
  readonly cards: readonly BoxedCard[]
  find(id: string): BoxedCard | undefined
  /** A blank card for that resident, prepared for the room's kiosks. */
  create(owner: string): BoxedCard
}

const SUFFIX = '.card'
const NAME = /^(.+)-(\d+)\.card$/
/** NXP's manufacturer code, the first byte of an NTAG's UID (ISO/IEC 7816-6). */
const NXP = 0x04

/** Opens the box; each change of a card is in its file before the reader's next command. */
export function openCardBox(folder?: string): CardBox {
  const cards: BoxedCard[] = []
  if (folder !== undefined) mkdirSync(folder, { recursive: true })

  function keep(owner: string, label: string, card: Ntag424): BoxedCard {
    const id = `${owner}-${label}`
    prepareDemoCard(card)
    if (folder !== undefined) {
      const path = join(folder, `${id}${SUFFIX}`)
      const save = (): void => {
        writeFileSync(`${path}.unfinished`, card.snapshot())
        renameSync(`${path}.unfinished`, path)
      }
      card.onChange(save)
      save()
    }
    const boxed = { id, owner, label, card }
    cards.push(boxed)
    return boxed
  }

  for (const name of folder === undefined ? [] : readdirSync(folder).sort()) {
    const [, owner, label] = NAME.exec(name) ?? []
    if (folder === undefined || owner === undefined || label === undefined) continue
    keep(owner, label, restoreNtag424(new Uint8Array(readFileSync(join(folder, name)))))
  }

  return {
    cards,
    find: (id) => cards.find((card) => card.id === id),
    create(owner) {
      const label = String(cards.filter((card) => card.owner === owner).length + 1)
      const uid = Uint8Array.of(NXP, ...randomBytes(6))
      return keep(owner, label, createNtag424({ uid }))
    },
  }
}
