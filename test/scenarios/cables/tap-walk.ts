import type { Test } from 'tap'
import type { TapStep } from '../../../firmware/tap/presence.ts'
import { blankCard } from '../../firmware/bench.ts'
import { journalOf } from '../../firmware/life.ts'
import { readFileOf } from '../../kit/card-reading.ts'
import { openCabledKiosk, type Pull, type Pulled, pull } from './kiosk-on-cables.ts'

/** Where in the taps a cable is pulled. */
export type TapPullAt = Pull &
  (
    | { readonly entry: number; readonly afterMs: number }
    /** At the so-manieth byte on the reader's cable since the first card was laid down. */
    | { readonly byte: number }
  )

/** How two taps went. */
export type TapWalk = {
  readonly entries: readonly { readonly step: TapStep; readonly atMs: number }[]
  readonly result: object
  /** Bytes on the reader's cable while the first card was answered. */
  readonly bytes: number
  readonly pulled: Pulled | undefined
}

const RESIDENT_MS = 1500
const STEP_MS = 50

/**
 * A card whose writing was torn in its enrolment is tapped, which finishes it; a second card is laid
 * beside it; both are lifted.
 */
export async function walkTaps(t: Test, at?: TapPullAt): Promise<TapWalk> {
  const bench = await openCabledKiosk(t)
  const { kiosk, place, pass, store, world } = bench
  const [card, other] = [blankCard(1), blankCard(2)]
  const until = async (isTrue: () => boolean): Promise<boolean> => {
    for (let step = 0; step < 1200 && !isTrue(); step++) await pass(STEP_MS)
    return isTrue()
  }
  const isShown = (name: string) => () => kiosk.state.screen.name === name

  place.standing = { person: 1 }
  await pass(1000)
  await kiosk.command({ name: 'begin' })
  await kiosk.command({ name: 'consent', isGiven: true })
  await until(isShown('card'))
  card.tearAt(2, 10)
  place.lay(card)
  await until(() => {
    const { screen } = kiosk.state
    return screen.name === 'card' && screen.step === 'moved'
  })
  place.lift(card)
  await kiosk.command({ name: 'cancel' })
  await pass(RESIDENT_MS)

  const entries: { readonly step: TapStep; readonly atMs: number }[] = []
  const outcomes: string[] = []
  let last: unknown
  let pulled: Pulled | undefined
  let startBytes: number | undefined
  let bytes = 0
  const act = (): void => {
    if (at !== undefined && pulled === undefined) {
      // Between two taps, and while one is answered, the enrolment is idle.
      pulled = pull(bench, at, () => ({ step: 'idle', atMs: -1 }))
    }
  }
  const enter = (step: TapStep): void => {
    entries.push({ step, atMs: bench.nowMs })
    if (at === undefined || !('entry' in at) || entries.length - 1 !== at.entry) return
    if (at.afterMs === 0) act()
    else world.timers.after(at.afterMs, act)
  }
  bench.hear('tap.step', (step) => enter(step as TapStep))
  kiosk.onState(({ screen }) => {
    if (screen.name === 'tap' && screen !== last)
      outcomes.push(`${screen.outcome} ${screen.reason}`)
    last = screen
  })
  place.onReaderBytes = (count) => {
    startBytes ??= count
    if (outcomes.length === 0) bytes = count - startBytes
    if (at !== undefined && 'byte' in at && count - startBytes >= at.byte) act()
  }
  enter('empty')
  const isBack = (): boolean => at === undefined || pulled?.isOver === true
  place.lay(card)
  const isAnswered = await until(() => outcomes.length > 0)
  await pass(RESIDENT_MS)
  place.lay(other)
  const isSaid = await until(() => outcomes.length > 1)
  await pass(RESIDENT_MS)
  for (const one of [card, other]) place.lift(one)
  const isEmpty = await until(() => entries.at(-1)?.step === 'empty' && isBack())
  await pass(8000)
  const journal = [...(await journalOf(store)).values()]
  const file = readFileOf(card)
  return {
    entries,
    bytes,
    pulled,
    result: {
      ...{ isAnswered, isSaid, isEmpty, outcomes, last: kiosk.state.screen.name },
      steps: withoutRepeats(entries.map(({ step }) => step)),
      journal: journal.map(({ step }) => step),
      card: file.kind,
      isOnCard:
        file.kind === 'personhood' && String(file.credential) === String(journal[0]?.credential),
      other: readFileOf(other).kind,
    },
  }
}

/** A tap that is answered anew on the next reader begins anew: the steps between are the same. */
function withoutRepeats(steps: readonly TapStep[]): string {
  return steps.join(' ').replaceAll(/(?:empty answering )+/g, 'empty answering ')
}
