import type { CaseState, EnrolmentState } from '../../gateway/gateway-state.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { BoxedCard } from '../room/card-box.ts'
import { openPhone, type Phone } from '../room/phone.ts'
import type { Resident } from '../room/residents.ts'
import type { Room } from '../room/room.ts'
import type { RunningGateway, RunningKiosk, RunningWorld } from '../world/running-world.ts'
import { enrol, tap } from './scene.ts'
import type { Story, StoryDuplicate, StoryEnrolment, StoryTap } from './story-types.ts'
import { until } from './until.ts'

/** The story, and every credential that was on a card, in order. */
export type Told = {
  readonly story: Story
  readonly credentials: readonly { readonly name: string; readonly bytes: Uint8Array }[]
}

/**
 * Plays the whole story on a fresh world: residents enrol in two districts, one of them while the
 * line is cut; their cards are tapped and upgraded; two of them enrol again in the other district.
 * `tell` hears a sentence for each step.
 */
export async function playStory(
  world: RunningWorld,
  room: Room,
  tell: (sentence: string) => void,
): Promise<Told> {
  const phone = await openPhone()
  try {
    return await new Teller(world, room, tell, phone).play()
  } finally {
    await phone.close()
  }
}

type Enrolled = { readonly resident: Resident; readonly card: BoxedCard }

class Teller {
  readonly #world: RunningWorld
  readonly #room: Room
  readonly #tell: (sentence: string) => void
  readonly #phone: Phone
  readonly #enrolments: StoryEnrolment[] = []
  readonly #taps: StoryTap[] = []
  readonly #duplicates: StoryDuplicate[] = []
  readonly #credentials: { name: string; bytes: Uint8Array }[] = []
  /** Who is behind a record, by `district record`. */
  readonly #residents = new Map<string, string>()

  constructor(world: RunningWorld, room: Room, tell: (sentence: string) => void, phone: Phone) {
    this.#world = world
    this.#room = room
    this.#tell = tell
    this.#phone = phone
  }

  async play(): Promise<Told> {
    const [first, second] = this.#world.kiosks
    const [a, b, c, d, e] = this.#room.residents
    if (!first || !second || !a || !b || !c || !d || !e) {
      throw new PersonhoodError('call.story', 'the story needs two kiosks and five residents')
    }
    await Promise.all([first, second].map((kiosk) => this.#ready(kiosk)))
    const ofA = await this.#enrolFirst(first, a)
    const ofB = await this.#enrolFirst(second, b)
    await this.#enrolFirst(first, c)
    await this.#enrolFirst(second, d)
    await this.#enrolWithoutLine(first, e)
    await this.#tapCards(first, second, ofA, ofB)
    await this.#enrolAgain(second, a, first)
    await this.#enrolAgain(first, b, second)
    return { story: this.#story(), credentials: this.#credentials }
  }

  /** Connected, with a lease of status indices, and its devices there. */
  async #ready({ kiosk, name }: RunningKiosk): Promise<void> {
    await until(kiosk, `${name} being connected and ready`, ({ link, indicesLeft, devices }) => {
      const areReady = devices.orb.status === 'ready' && devices.reader.status === 'ready'
      return link.isConnected && indicesLeft > 0 && areReady ? true : undefined
    })
  }

  async #enrolFirst(at: RunningKiosk, resident: Resident): Promise<Enrolled> {
    const began = performance.now()
    const bytesBefore = at.cable.bytes
    const finals = at.kiosk.state.enrolments.final
    const { card, provisionalMs } = await enrol(at, this.#room, resident, this.#tell)
    const bytes = await this.#keepCredential(card, 'provisional')
    this.#tell(`${resident.name} enrols at ${at.name}: the card is written`)
    await this.#newRecord(at, resident)
    await until(at.kiosk, `the final credential of ${resident.name}`, ({ enrolments }) =>
      enrolments.final > finals ? true : undefined,
    )
    this.#tell(`no district knows ${resident.name}: the final credential is signed`)
    this.#enrolments.push({
      district: at.district,
      kiosk: at.name,
      resident: resident.id,
      provisional_ms: Math.round(provisionalMs),
      final_ms: Math.round(performance.now() - began),
      credential_bytes: bytes.length,
      wire_bytes: at.cable.bytes - bytesBefore,
    })
    return { resident, card }
  }

  /** The line is cut before the enrolment begins, and mended once the record waits in the outbox. */
  async #enrolWithoutLine(at: RunningKiosk, resident: Resident): Promise<void> {
    at.cable.cut()
    await until(at.kiosk, `${at.name} noticing the cut`, ({ link }) =>
      link.isConnected ? undefined : true,
    )
    this.#tell(`the line of ${at.name} is cut`)
    const mended = until(at.kiosk, `${resident.name} in the outbox`, ({ link, enrolments }) =>
      link.queued > 0 && enrolments.unfinished === 0 ? true : undefined,
    ).then(() => {
      this.#tell(`${resident.name} waits in the outbox; the line is mended`)
      at.cable.mend()
    })
    await Promise.all([this.#enrolFirst(at, resident), mended])
  }

  async #tapCards(
    first: RunningKiosk,
    second: RunningKiosk,
    ofA: Enrolled,
    ofB: Enrolled,
  ): Promise<void> {
    const [cardA, cardB] = [ofA.card.card, ofB.card.card]
    await this.#tap(first, [cardA], `${ofA.resident.name} taps, the final credential comes`)
    await this.#keepCredential(ofA.card, 'final')
    await this.#tap(first, [cardA], `${ofA.resident.name} taps again`)
    await this.#tap(second, [cardA], `${ofA.resident.name} taps in the other district`)
    await this.#tap(second, [cardB], `${ofB.resident.name} taps, the final credential comes`)
    await this.#keepCredential(ofB.card, 'final')
    await this.#tap(first, [cardA, cardB], 'two cards at once')
    const blank = createNtag424({ uid: Uint8Array.of(4, 1, 2, 3, 4, 5, 6) })
    await this.#tap(first, [blank], 'a blank card')
  }

  async #tap(at: RunningKiosk, cards: readonly VirtualCard[], what: string): Promise<void> {
    const answer = await tap(at, this.#room, cards)
    this.#tell(`${what}: ${answer.outcome} after ${answer.milliseconds.toFixed(0)} ms`)
    this.#taps.push({
      kiosk: at.name,
      what,
      outcome: answer.outcome,
      reason: answer.reason,
      proof: answer.proof ?? null,
      assurance: answer.assurance,
      upgraded: answer.upgraded,
      ms: Math.round(answer.milliseconds * 10) / 10,
    })
  }

  async #enrolAgain(at: RunningKiosk, resident: Resident, before: RunningKiosk): Promise<void> {
    const { card } = await enrol(at, this.#room, resident, this.#tell)
    await this.#keepCredential(card, 'provisional')
    const record = await this.#newRecord(at, resident)
    const { gateway } = this.#world.gatewayOf(at.district)
    const found = await until(gateway, `a case about ${resident.name}`, ({ cases }) =>
      cases.find((each) => each.ownRecord === record && (each.left ?? each.right) !== undefined),
    )
    this.#tell(`${resident.name} enrols again at ${at.name}: case ${found.id}, for people`)
    this.#duplicates.push({
      resident: resident.id,
      first_district: before.district,
      second_district: at.district,
      case_id: found.id,
      scores: { left: found.left ?? null, right: found.right ?? null },
    })
  }

  /** Waits for the gateway to have the enrolment, and remembers whose it is. */
  async #newRecord(at: RunningKiosk, resident: Resident): Promise<string> {
    const { gateway } = this.#world.gatewayOf(at.district)
    const isNew = ({ record }: EnrolmentState): boolean =>
      !this.#residents.has(`${at.district} ${record}`)
    const { record } = await until(gateway, `${resident.name} at the gateway`, ({ enrolments }) =>
      enrolments.find(isNew),
    )
    this.#residents.set(`${at.district} ${record}`, resident.id)
    return record
  }

  async #keepCredential({ id, card }: BoxedCard, stage: string): Promise<Uint8Array> {
    const contents = await this.#phone.read(card)
    if (contents.kind !== 'personhood') {
      throw new PersonhoodError('call.story', `card ${id} reads as ${contents.kind}`)
    }
    this.#credentials.push({ name: `${id}-${stage}`, bytes: contents.credential })
    return contents.credential
  }

  #story(): Story {
    const { kiosks, gateways } = this.#world
    const issued = kiosks.map(({ kiosk: { state } }) => {
      const { waiting, final, secondLook } = state.enrolments
      return waiting + final + secondLook
    })
    const stored = gateways.map(({ gateway }) => gateway.state.counts.enrolments)
    return {
      enrolments: this.#enrolments,
      taps: this.#taps,
      duplicates: this.#duplicates,
      false_cases: total(gateways.map((gateway) => this.#falseCases(gateway))),
      lost: Math.max(0, total(issued) - total(stored)),
      receipts: total(kiosks.map(({ kiosk }) => kiosk.state.link.receipts)),
    }
  }

  #falseCases({ gateway, district }: RunningGateway): number {
    return gateway.state.cases.filter((found) => this.#isFalse(found, district)).length
  }

  #isFalse({ ownRecord, otherRecord, otherDistrict }: CaseState, district: string): boolean {
    const own = this.#residents.get(`${district} ${ownRecord}`)
    const other = this.#residents.get(`${otherDistrict ?? district} ${otherRecord}`)
    return own === undefined || own !== other
  }
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0)
}
