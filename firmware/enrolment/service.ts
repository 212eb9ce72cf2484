import type { EyeCamera } from '../../hardware/camera/eye-camera.ts'
import type { Pcd } from '../../hardware/nfc/pn532.ts'
import { LIGHTS } from '../../hardware/orb/bodies.ts'
import { pause } from '../../hardware/pause.ts'
import { fromHex, toHex } from '../../protocol/bytes.ts'
import { asKid } from '../../protocol/cose-key.ts'
import { DUPLICATE_VIEWS } from '../../protocol/duplicate-rule.ts'
import { hasCode } from '../../protocol/errors.ts'
import { commitCapture } from '../../protocol/messages/references.ts'
import { MAX_CLOCK_SKEW_S, type UnixSeconds } from '../../protocol/time.ts'
import type { Timers } from '../../protocol/timers.ts'
import { findKeys } from '../../protocol/trust-list.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { DuplicateOracle } from '../../runtime/duplicate-oracle.ts'
import { errorFields, type Log } from '../../runtime/log.ts'
import { createRunner, type Runner, type Step } from '../../runtime/machine.ts'
import type { Station } from '../../runtime/station.ts'
import type { TrustKeeper } from '../../runtime/trust-keeper.ts'
import type { KioskCards } from '../card/kiosk-cards.ts'
import type { Supervised } from '../device/supervisor.ts'
import { captureEye, type PresentationAssessor, type ShownFrame } from './capture.ts'
import { type CardJudge, lookForSame, lookForUsable, readBack, writeIssue } from './card-work.ts'
import { CONSENT, consentHash } from './consent.ts'
import { issueProvisional, newDraftIds } from './draft.ts'
import type { EyeReader } from './eye-reader.ts'
import type { Journal } from './journal.ts'
import { captureOf, draftOf, issueOf, type JournalStep } from './journal-row.ts'
import type { Leases } from './leases.ts'
import { enrolmentMachine, resumeCard, resumePlacing, resumeSearch } from './machine.ts'
import type { CardPhase, EnrolmentEffect, EnrolmentEvent, EnrolmentState } from './states.ts'

/** What enrolments stand on. */
export type EnrolmentParts = {
  readonly journal: Journal
  readonly leases: Leases
  readonly oracle: DuplicateOracle
  readonly orb: Supervised<EyeCamera>
  readonly reader: Supervised<Pcd>
  readonly eyeReader: EyeReader
  readonly cards: KioskCards
  readonly assessPresentation: PresentationAssessor
  readonly cardJudge: CardJudge
  readonly station: Station
  readonly trust: TrustKeeper
  readonly clock: Clock
  readonly timers: Timers
  readonly random: (lengthBytes: number) => Uint8Array
  readonly provisionalDays: number
  readonly log: Log
  readonly onChange: () => void
}

/** The one enrolment that a kiosk runs at a time. */
export type EnrolmentService = {
  readonly state: EnrolmentState
  /** The newest frame of the capture under way. */
  readonly shown: { readonly number: number; readonly frame: ShownFrame } | undefined
  /** Whether the camera that was used last can flash; true until it is known. */
  readonly hasFlash: boolean
  /** How often an enrolment has used the card reader. */
  readonly readerUses: number
  /** Feeds an event of the page; false = it does not fit now. */
  feed(event: EnrolmentEvent): Promise<boolean>
  close(): Promise<void>
}

type Effect<Name extends EnrolmentEffect['name']> = Extract<EnrolmentEffect, { name: Name }>

const SEARCH_DEADLINE_MS = 3000
const LOOK_EVERY_MS = 120
/** Times that the head may go away in one try before it is played without flashes. */
const MOST_INTERRUPTIONS = 2
/** After a start, a resident is taken to be still there for this long since the enrolment began. */
const RESUME_WITHIN_S = 900
/** A state left alone this long ends by itself: 120 s, and 30 s to come back. */
const PATIENCE: Partial<
  Record<EnrolmentState['name'], readonly [ms: number, event: 'left' | 'acknowledge']>
> = {
  consent: [150_000, 'left'],
  // Longer than six tries at the slowest head; a camera that never comes back must hold nobody's place.
  capturing: [300_000, 'left'],
  attending: [150_000, 'left'],
  placing: [150_000, 'left'],
  carding: [150_000, 'left'],
  done: [30_000, 'acknowledge'],
  stopped: [15_000, 'acknowledge'],
}

/** Starts where the journal of the last run stopped. */
export async function startEnrolments(parts: EnrolmentParts): Promise<EnrolmentService> {
  const first = firstStep(parts.journal, parts.clock.now().unix)
  const kept = 'draft' in first.state ? toHex(first.state.draft.record) : undefined
  await parts.journal.discardUnissued(kept)
  const service = new Enrolments(parts, first.state)
  service.start(first.effects)
  return service
}

/**
 * The newest enrolment that was under way a moment ago. After longer its resident has left: one that
 * is issued is finished when its card is tapped, one that is not is discarded.
 */
function firstStep(journal: Journal, now: UnixSeconds): Step<EnrolmentState, EnrolmentEffect> {
  const [newest] = [...journal.rows]
    .filter(([, { step }]) => step !== 'begun' && step !== 'done')
    .filter(([, { issued }]) => now - issued <= RESUME_WITHIN_S)
    .sort(([, a], [, b]) => b.issued - a.issued)
  const nothing = { state: { name: 'idle' as const }, effects: [] }
  if (newest === undefined) return nothing
  const [key, row] = newest
  const draft = draftOf(fromHex(key), row)
  const issue = issueOf(draft.record, row)
  if (issue !== undefined && isOnItsWay(row.step)) {
    return resumeCard(issue, row.step)
  }
  const capture = captureOf(row)
  if (capture === undefined) return nothing
  if (row.localSearch === undefined) return resumeSearch(draft, capture)
  return resumePlacing(draft, capture, row.localSearch)
}

function isOnItsWay(step: JournalStep): step is CardPhase {
  return step === 'issued' || step === 'writing' || step === 'written'
}

class Enrolments implements EnrolmentService {
  readonly #parts: EnrolmentParts
  readonly #runner: Runner<EnrolmentState, EnrolmentEvent>
  readonly #running = new Set<Promise<void>>()
  #activity = new AbortController()
  #shown: EnrolmentService['shown']
  #frames = 0
  #readerUses = 0
  #hasFlash = true
  #cancelPatience = (): void => {}
  #isClosed = false

  constructor(parts: EnrolmentParts, initial: EnrolmentState) {
    this.#parts = parts
    this.#runner = createRunner<EnrolmentState, EnrolmentEvent, EnrolmentEffect>(
      enrolmentMachine,
      initial,
      {
        persist: (state) => this.#persist(state),
        run: (effect) => {
          this.#begin(effect)
          return Promise.resolve()
        },
        // Late outcomes of what was called off: nothing to tell anybody.
        logIllegal: () => undefined,
      },
    )
  }

  get state(): EnrolmentState {
    return this.#runner.state
  }

  get hasFlash(): boolean {
    return this.#hasFlash
  }

  get readerUses(): number {
    return this.#readerUses
  }

  get shown(): EnrolmentService['shown'] {
    const isSeeing = this.state.name === 'capturing' && this.#parts.orb.state.status === 'ready'
    return isSeeing ? this.#shown : undefined
  }

  start(effects: readonly EnrolmentEffect[]): void {
    this.#wait()
    for (const effect of effects) this.#begin(effect)
  }

  async feed(event: EnrolmentEvent): Promise<boolean> {
    if (this.#isClosed) return false
    try {
      return await this.#runner.feed(event)
    } catch (error) {
      if (!hasCode(error, 'store')) throw error
      this.#parts.log.error('enrolment.not-stored', errorFields(error))
      await this.#runner.feed({ name: 'refuse', reason: 'storage' })
      return true
    } finally {
      this.#wait()
      this.#parts.onChange()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#cancelPatience()
    this.#activity.abort()
    await Promise.all([...this.#running])
  }

  async #persist(state: EnrolmentState): Promise<void> {
    try {
      await this.#parts.journal.persist(state)
    } catch (error) {
      // The disk is what this state tells of; what it could not erase, the next start does.
      const isKnown = state.name === 'stopped' && state.reason === 'storage'
      if (!isKnown || !hasCode(error, 'store')) throw error
    }
    this.#parts.log.debug('enrolment.step', { state: state.name })
  }

  #wait(): void {
    this.#cancelPatience()
    const patience = PATIENCE[this.state.name]
    if (patience === undefined || this.#isClosed) return
    const [ms, name] = patience
    this.#cancelPatience = this.#parts.timers.after(ms, () => void this.feed({ name }))
  }

  /** Effects run beside the machine and come back as events; the next one calls off the last. */
  #begin(effect: EnrolmentEffect): void {
    this.#activity.abort()
    const activity = new AbortController()
    this.#activity = activity
    if (effect.name === 'halt' || this.#isClosed) return
    const running = this.#outcome(effect, activity.signal).then(
      async (event) => {
        if (!activity.signal.aborted) await this.feed(event)
      },
      (error: unknown) => {
        if (!activity.signal.aborted) throw error
      },
    )
    const done = running.finally(() => this.#running.delete(done))
    this.#running.add(done)
  }

  #outcome(effect: EnrolmentEffect, signal: AbortSignal): Promise<EnrolmentEvent> {
    const { cards, cardJudge } = this.#parts
    switch (effect.name) {
      case 'capture':
        return this.#capture(effect, signal)
      case 'search':
        return this.#search(effect, signal)
      case 'watch-card':
        return this.#look((pcd) => lookForUsable(pcd, cards, cardJudge, signal), signal)
      case 'find-card':
        return this.#look((pcd) => lookForSame(pcd, cards, effect.issue, signal), signal)
      case 'write-card':
        return this.#useReader((pcd) => writeIssue(pcd, cards, effect.issue, signal), signal)
      case 'read-card':
        return this.#useReader((pcd) => readBack(pcd, cards, effect.issue, signal), signal)
      default:
        return Promise.resolve(this.#decide(effect))
    }
  }

  /** The effects that only compute. */
  #decide(effect: Effect<'draft' | 'commit-capture' | 'issue' | 'halt'>): EnrolmentEvent {
    const { station, clock, provisionalDays } = this.#parts
    const signer = station.signer('provisional')
    if (effect.name === 'commit-capture') {
      // The clock may have stepped since the consent: a commitment of another year is worth nothing.
      const reason = this.#signingFault()
      if (reason !== undefined) return { name: 'refuse', reason }
      const references = effect.done.map(({ reference }) => reference)
      const presentation = effect.done.map((capture) => capture.presentation)
      const captured = clock.now().unix
      const commitment = commitCapture(references, captured, signer)
      return { name: 'committed', capture: { captured, references, commitment, presentation } }
    }
    if (effect.name === 'issue') {
      const { draft, uid, localSearch } = effect
      const credential = issueProvisional(draft, uid, provisionalDays, signer)
      return { name: 'issued', issue: { draft, uid, credential, localSearch } }
    }
    return this.#draft()
  }

  #draft(): EnrolmentEvent {
    const { clock, leases, random, orb, reader } = this.#parts
    const isOut = [orb, reader].some(({ state }) => state.status === 'out-of-service')
    if (isOut) return { name: 'refuse', reason: 'device' }
    const reason = this.#signingFault()
    if (reason !== undefined) return { name: 'refuse', reason }
    const status = leases.pick()
    if (status === undefined) return { name: 'refuse', reason: 'no-index' }
    const fixed = { status, issued: clock.now().unix, consentHash: consentHash(CONSENT) }
    return { name: 'drafted', draft: { ...newDraftIds(random), ...fixed } }
  }

  /** Why what the kiosk signs now would not count. */
  #signingFault(): 'clock' | 'certificate' | undefined {
    const { station, trust, clock } = this.#parts
    const { unix, uncertaintyS } = clock.now()
    if (uncertaintyS > MAX_CLOCK_SKEW_S) return 'clock'
    const { kid } = station.signer('provisional')
    const isCovered = findKeys(trust.current, asKid(kid), 'provisional').some(
      (key) =>
        key.notBefore <= unix && unix < key.expires && key.revokedAfterLogIndex === undefined,
    )
    return isCovered ? undefined : 'certificate'
  }

  async #capture(
    { eye, attempt, isFlashless }: Effect<'capture'>,
    signal: AbortSignal,
  ): Promise<EnrolmentEvent> {
    const { orb, eyeReader, assessPresentation, random } = this.#parts
    this.#shown = undefined
    let plays = 0
    const onFrame = (frame: ShownFrame): void => {
      this.#frames += 1
      this.#shown = { number: this.#frames, frame }
      this.#parts.onChange()
    }
    const options = { eye, reader: eyeReader, assess: assessPresentation, random, signal, onFrame }
    const captureWith = (camera: EyeCamera) => {
      plays += 1
      this.#hasFlash = (camera.capabilities.lights & LIGHTS.flash) !== 0
      // A head that each flash throws off its feet must not keep the resident here for ever.
      const isUnsteady = plays > MOST_INTERRUPTIONS
      const flashless = isFlashless ? 'declined' : isUnsteady ? 'interrupted' : undefined
      return captureEye({ ...options, camera, flashless })
    }
    const reading = await orb.use(captureWith, signal).finally(() => {
      this.#shown = undefined
    })
    if (reading.outcome === 'encoded') {
      const { reference, look } = reading
      return { name: 'eye-captured', eye, attempt, reference, look }
    }
    return { name: 'eye-refused', eye, attempt, instruction: reading.instruction }
  }

  async #search({ references }: Effect<'search'>, signal: AbortSignal): Promise<EnrolmentEvent> {
    // Small galleries are compared exactly all the same; of large ones the gateway asks again.
    const deadlineMs = SEARCH_DEADLINE_MS
    const options = { mode: 'fast', deadlineMs, signal, views: DUPLICATE_VIEWS } as const
    const { candidates, undecided, coverage } = await this.#parts.oracle.query(references, options)
    if (candidates.length > 0) return { name: 'searched', localSearch: 'candidate' }
    const isWhole = undecided.length === 0 && coverage.searched === coverage.known
    return { name: 'searched', localSearch: isWhole ? 'none' : 'undecided' }
  }

  #useReader<T>(act: (pcd: Pcd) => Promise<T>, signal: AbortSignal): Promise<T> {
    this.#readerUses += 1
    return this.#parts.reader.use(act, signal)
  }

  /** Looks at the reader until it shows a card to go on with; tells each change meanwhile. */
  async #look(
    look: (pcd: Pcd) => Promise<EnrolmentEvent>,
    signal: AbortSignal,
  ): Promise<EnrolmentEvent> {
    let seen = ''
    for (;;) {
      const event = await this.#useReader(look, signal)
      if (event.name !== 'card') return event
      if (event.card !== seen) await this.feed(event)
      seen = event.card
      await pause(this.#parts.timers, LOOK_EVERY_MS, signal)
    }
  }
}
