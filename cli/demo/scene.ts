import type { KioskCommand, KioskState, TapScreen } from '../../firmware/kiosk-state.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import type { BoxedCard } from '../room/card-box.ts'
import type { Resident } from '../room/residents.ts'
import type { Room } from '../room/room.ts'
import type { RunningKiosk } from '../world/running-world.ts'
import { until } from './until.ts'

/** An enrolment as it went at the kiosk. */
export type EnrolledCard = {
  readonly card: BoxedCard
  /** From the touch that begins to the card read back. */
  readonly provisionalMs: number
}

/**
 * Acts out one enrolment: stand, begin, agree, look, lay a card down, take it away. Where the kiosk
 * asks its operator to look, as it does for stored pictures of eyes, somebody does and says so.
 */
export async function enrol(
  running: RunningKiosk,
  room: Room,
  resident: Resident,
  tell: (sentence: string) => void,
): Promise<EnrolledCard> {
  const stop = startOperator(running, resident, tell)
  try {
    return await enrolAlone(running, room, resident)
  } finally {
    stop()
  }
}

async function enrolAlone(
  running: RunningKiosk,
  room: Room,
  resident: Resident,
): Promise<EnrolledCard> {
  const { kiosk, name } = running
  const place = room.place(name)
  place.stand(resident)
  const began = performance.now()
  await command(running, { name: 'begin' })
  await until(kiosk, `${name} asking for consent`, screenIs('consent'))
  await command(running, { name: 'consent', isGiven: true })
  await until(kiosk, `${name} asking ${resident.name} for a card`, (state) => {
    refuseStop(state, resident)
    return screenIs('card')(state)
  })
  const card = room.box.create(resident.id)
  place.lay(card.card)
  await until(kiosk, `${name} finishing the card of ${resident.name}`, screenIs('done'))
  const provisionalMs = performance.now() - began
  place.lift(card.card)
  place.stand(undefined)
  await command(running, { name: 'acknowledge' })
  await until(kiosk, `${name} being idle`, screenIs('idle'))
  return { card, provisionalMs }
}

/** Lays cards on a kiosk's reader, waits for the answer, and takes them away. */
export async function tap(
  running: RunningKiosk,
  room: Room,
  cards: readonly VirtualCard[],
): Promise<TapScreen> {
  const { kiosk, name } = running
  const place = room.place(name)
  await until(kiosk, `${name} being idle`, screenIs('idle'))
  for (const card of cards) place.lay(card)
  const answer = await until(kiosk, `an answer to the tap at ${name}`, ({ screen }) =>
    screen.name === 'tap' ? screen : undefined,
  )
  for (const card of cards) place.lift(card)
  await until(kiosk, `${name} being idle`, screenIs('idle'))
  return answer
}

/** Looks at the resident whenever the kiosk asks for it, once for each eye. */
function startOperator(
  { kiosk, name }: RunningKiosk,
  resident: Resident,
  tell: (sentence: string) => void,
): () => void {
  let attended: string | undefined
  return kiosk.onState(({ screen }) => {
    const asked = screen.name === 'attend' ? screen.eye : undefined
    if (asked !== undefined && asked !== attended) {
      tell(`${name} asks for a look at ${resident.name}'s ${asked} eye: the operator goes on`)
      void kiosk.command({ name: 'confirm-own-eye' })
    }
    attended = asked
  })
}

function screenIs(name: KioskState['screen']['name']): (state: KioskState) => true | undefined {
  return ({ screen }) => (screen.name === name ? true : undefined)
}

/** An enrolment that ends early would otherwise be waited for to the deadline. */
function refuseStop({ screen }: KioskState, resident: Resident): void {
  if (screen.name !== 'stopped') return
  const message = `the enrolment of ${resident.name} stopped: ${screen.reason}`
  throw new PersonhoodError('call.story', message)
}

async function command({ kiosk, name }: RunningKiosk, wanted: KioskCommand): Promise<void> {
  const result = await kiosk.command(wanted)
  if (result.isTaken) return
  throw new PersonhoodError('call.story', `${name} did not take ${wanted.name}: ${result.why}`)
}
