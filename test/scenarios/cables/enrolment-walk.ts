import type { Test } from 'tap'
import type { EnrolmentState } from '../../../firmware/enrolment/states.ts'
import { blankCard } from '../../firmware/bench.ts'
import { journalOf } from '../../firmware/life.ts'
import { readFileOf } from '../../kit/card-reading.ts'
import {
  type CabledKiosk,
  openCabledKiosk,
  type Pull,
  type Pulled,
  pull,
} from './kiosk-on-cables.ts'

type StepName = EnrolmentState['name']

/** A state that an enrolment entered, and when. */
export type Entry = { readonly step: StepName; readonly atMs: number }

/** Where on the way a cable is pulled: so many ms after the so-manieth state was entered. */
export type PullAt = Pull & { readonly entry: number; readonly afterMs: number }

/** How an enrolment went. */
export type Walk = {
  readonly entries: readonly Entry[]
  /** What must be the same whatever cables were pulled. */
  readonly result: object
  /** Captures that the head began, by eye. */
  readonly looks: { readonly left: number; readonly right: number }
  readonly pulled: Pulled | undefined
}

/** A resident takes this long for whatever she does. */
const RESIDENT_MS = 1000
const STEP_MS = 50
const MOST_STEPS = 1600

/**
 * One enrolment from idle to idle, with a person asked to look at each eye: the resident says no to
 * the consent where `isDeclined`, and goes through with it otherwise.
 */
export async function walkEnrolment(
  t: Test,
  {
    at,
    isDeclined = false,
  }: { readonly at?: PullAt | undefined; readonly isDeclined?: boolean } = {},
): Promise<Walk> {
  const bench = await openCabledKiosk(t)
  const { kiosk, place, store } = bench
  const card = blankCard(1)
  const entries: Entry[] = []
  let pulled: Pulled | undefined
  const enter = (step: StepName): void => {
    entries.push({ step, atMs: bench.nowMs })
    if (at === undefined || entries.length - 1 !== at.entry) return
    const act = (): void => {
      pulled = pull(bench, at, () => entries.at(-1) ?? { step: 'idle', atMs: 0 })
    }
    if (at.afterMs === 0) act()
    else bench.world.timers.after(at.afterMs, act)
  }
  place.standing = { person: 1, look: 'suspect' }
  // All devices are there before anybody comes.
  await bench.pass(RESIDENT_MS)
  bench.hear('enrolment.step', (step) => enter(step as StepName))
  enter('idle')
  const hands = createHands(bench, isDeclined, card)
  const isOver = (): boolean => entries.length > 1 && entries.at(-1)?.step === 'idle'
  for (
    let step = 0;
    step < MOST_STEPS && !(isOver() && (at === undefined || pulled?.isOver));
    step++
  ) {
    await bench.pass(STEP_MS)
    if (!isOver()) await hands()
  }
  const journal = [...(await journalOf(store)).values()]
  const file = readFileOf(card)
  const credential = file.kind === 'personhood' ? file.credential : undefined
  const tables = ['outbox', 'gallery'].map(async (name) => (await store.range(name)).length)
  return {
    entries,
    looks: place.looks,
    pulled,
    result: {
      steps: entries.map(({ step }) => step).join(' '),
      isOver: isOver(),
      journal: journal.map(({ step }) => step),
      isOnCard: journal.map((row) => String(row.credential) === String(credential)),
      card: file.kind,
      rows: await Promise.all(tables),
      people: kiosk.state.people,
      indicesLeft: kiosk.state.indicesLeft,
      unfinished: kiosk.state.enrolments.unfinished,
    },
  }
}

/** Does what the screen asks for, a second after it asked, whether or not a device is away. */
function createHands(
  { kiosk, place, pass }: CabledKiosk,
  isDeclined: boolean,
  card: ReturnType<typeof blankCard>,
): () => Promise<void> {
  return async () => {
    const { screen } = kiosk.state
    switch (screen.name) {
      case 'idle':
        await pass(RESIDENT_MS)
        await kiosk.command({ name: 'begin' })
        break
      case 'consent':
        await pass(RESIDENT_MS)
        await kiosk.command({ name: 'consent', isGiven: !isDeclined })
        break
      case 'attend':
        await pass(RESIDENT_MS)
        await kiosk.command({ name: 'confirm-own-eye' })
        break
      case 'card':
        if (place.cards.has(card)) break
        await pass(RESIDENT_MS)
        place.lay(card)
        break
      case 'done':
        await pass(RESIDENT_MS)
        place.lift(card)
        await pass(RESIDENT_MS)
        await kiosk.command({ name: 'acknowledge' })
        break
      case 'stopped':
        await pass(RESIDENT_MS)
        await kiosk.command({ name: 'acknowledge' })
        break
      default:
        break
    }
  }
}
