import type { EyeCamera } from '../hardware/camera/eye-camera.ts'
import type { Pcd } from '../hardware/nfc/pn532.ts'
import { toHex } from '../protocol/bytes.ts'
import { PersonhoodError } from '../protocol/errors.ts'
import type { FinalRow } from '../protocol/messages/final.ts'
import { type CardProof, type Verification, verifyCredential } from '../protocol/verify.ts'
import { aes128 } from '../runtime/crypto.ts'
import { errorFields } from '../runtime/log.ts'
import { createKioskCards, type KioskCards } from './card/kiosk-cards.ts'
import { keepClockFloor } from './clock-floor.ts'
import { type Supervised, superviseDevice } from './device/supervisor.ts'
import { isIssued, type JournalRow } from './enrolment/journal-row.ts'
import { eraseOldTemplates } from './enrolment/retention.ts'
import { type EnrolmentService, startEnrolments } from './enrolment/service.ts'
import type { EnrolmentEvent } from './enrolment/states.ts'
import type { KioskDeps } from './kiosk-deps.ts'
import type { CommandResult, KioskCommand, KioskState } from './kiosk-state.ts'
import { type PanelFace, startPanelFace } from './panel/face.ts'
import type { AnswersTaken, ByHand } from './relay/by-hand.ts'
import { startUplink, type Uplink } from './relay/uplink.ts'
import { openRooms, type Rooms } from './rooms.ts'
import { snapshotOf } from './snapshot.ts'
import { startTaps, type TapService } from './tap/service.ts'
import { isSuccessor } from './tap/upgrade.ts'

/** One running kiosk. */
export type Kiosk = ByHand & {
  readonly state: KioskState
  /** Calls back with each new state; returns the function that stops it. */
  onState(listener: (state: KioskState) => void): () => void
  command(command: KioskCommand): Promise<CommandResult>
  /** The frame that is shown as a PNG file, while an eye is being captured. */
  previewFrame(): Uint8Array | undefined
  /** Resolves when each record has its receipt. */
  idle(): Promise<void>
  /** Ends everything but store and transport. */
  close(): Promise<void>
}

/** How long a tap waits for the district's word on a provisional card: less than a holder notices. */
const FINAL_WAIT_MS = 250
const HOUSEKEEPING_MS = 60_000

/** Starts a kiosk where its store says that it stopped. */
export async function startKiosk(deps: KioskDeps): Promise<Kiosk> {
  const kiosk = new RunningKiosk(deps, await openRooms(deps))
  try {
    await kiosk.start()
    return kiosk
  } catch (error) {
    await kiosk.close()
    throw error
  }
}

class RunningKiosk implements Kiosk {
  readonly #deps: KioskDeps
  readonly #rooms: Rooms
  readonly #cards: KioskCards
  readonly #listeners = new Set<(state: KioskState) => void>()
  readonly #orb: Supervised<EyeCamera>
  readonly #reader: Supervised<Pcd>
  #enrolments: EnrolmentService | undefined
  #taps: TapService | undefined
  #uplink: Uplink | undefined
  #face: PanelFace | undefined
  #revision = 0
  #state: KioskState
  #preview: { readonly number: number; readonly png: Uint8Array } | undefined
  #stops: (() => void)[] = []
  #cancelHousekeeping = (): void => {}

  constructor(deps: KioskDeps, rooms: Rooms) {
    this.#deps = deps
    this.#rooms = rooms
    const { timers, log, openOrb, openReader, random, verify, cardKeyring } = deps
    this.#cards = createKioskCards({ aes: aes128, random, verify }, cardKeyring, () =>
      log.warn('card.unproven'),
    )
    const common = { timers, log, onChange: () => this.#changed() }
    this.#orb = superviseDevice({
      ...common,
      name: 'iris camera',
      open: openOrb,
      probe: (camera, signal) => camera.probe(signal),
    })
    // Taps poll the reader all the time; while an enrolment keeps them off, nobody else would notice.
    this.#reader = superviseDevice({
      ...common,
      name: 'card reader',
      open: openReader,
      probe: (reader, signal) => reader.poll(signal),
    })
    this.#state = this.#snapshot()
  }

  get state(): KioskState {
    return this.#state
  }

  async start(): Promise<void> {
    const { outbox, finals } = this.#rooms
    const changed = () => this.#changed()
    this.#enrolments = await this.#startEnrolments(changed)
    this.#uplink = await this.#startUplink(changed)
    this.#taps = this.#startTaps(changed)
    this.#face = this.#startFace(changed)
    this.#stops = [outbox.onChange(changed), finals.onChange(changed)]
    await this.#keepHouse()
    changed()
  }

  onState(listener: (state: KioskState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async command(command: KioskCommand): Promise<CommandResult> {
    if (this.#enrolments === undefined) return NOT_STARTED
    if (command.name === 'try-the-line') {
      this.#deps.transport.resume()
      return { isTaken: true }
    }
    if (command.name === 'begin') await this.#enrolments.feed({ name: 'acknowledge' })
    const event: EnrolmentEvent = command
    if (await this.#enrolments.feed(event)) return { isTaken: true }
    if (command.name === 'acknowledge' && this.#taps?.dismiss() === true) return { isTaken: true }
    const { name } = this.#state.screen
    return { isTaken: false, why: `${command.name} does not fit the screen ${name}` }
  }

  previewFrame(): Uint8Array | undefined {
    const shown = this.#enrolments?.shown
    if (shown === undefined) {
      this.#preview = undefined
      return undefined
    }
    if (this.#preview?.number !== shown.number) {
      const png = this.#deps.encodePng(shown.frame.frame.image)
      this.#preview = { number: shown.number, png }
    }
    return this.#preview.png
  }

  exportQueue(): AsyncGenerator<Uint8Array, void> {
    return this.#started().exportQueue()
  }

  importAnswers(source: AsyncIterable<Uint8Array>): Promise<AnswersTaken> {
    return this.#started().importAnswers(source)
  }

  idle(): Promise<void> {
    const { outbox } = this.#rooms
    return new Promise((resolve) => {
      const check = (): void => {
        if (outbox.waiting.length > 0) return
        stop()
        resolve()
      }
      const stop = outbox.onChange(check)
      check()
    })
  }

  async close(): Promise<void> {
    this.#cancelHousekeeping()
    for (const stop of this.#stops) stop()
    await this.#face?.close()
    await this.#taps?.close()
    await this.#enrolments?.close()
    await this.#uplink?.close()
    await Promise.all([this.#orb.close(), this.#reader.close()])
    this.#listeners.clear()
  }

  #started(): Uplink {
    if (this.#uplink !== undefined) return this.#uplink
    throw new PersonhoodError('call.not-started', 'the kiosk is still starting')
  }

  #startEnrolments(onChange: () => void): Promise<EnrolmentService> {
    const { station, trust, clock, timers, random, config, gallery, log } = this.#deps
    const { eyeReader, assessPresentation } = this.#deps
    const { journal, leases } = this.#rooms
    const cardJudge = {
      isExpired: (credential: Uint8Array) =>
        this.#verify(credential, NO_PROOF).reason === 'expired',
      isOwed: (uid: Uint8Array) => journal.unfinishedFor(uid) !== undefined,
    }
    return startEnrolments({
      journal,
      leases,
      oracle: gallery,
      orb: this.#orb,
      reader: this.#reader,
      eyeReader,
      cards: this.#cards,
      assessPresentation,
      cardJudge,
      station,
      trust,
      clock,
      timers,
      random,
      provisionalDays: config.provisionalDays,
      log,
      onChange,
    })
  }

  #startUplink(onChange: () => void): Promise<Uplink> {
    const { station, messenger, transport, trust, timers, log, random, clock, store } = this.#deps
    const { outbox, leases, finals, statusLists, floorUnix } = this.#rooms
    const onFault = (error: unknown) => log.warn('clock.floor-not-kept', errorFields(error))
    return startUplink({
      line: this.#deps.config.relay.line,
      station: station.path,
      messenger,
      transport,
      outbox,
      leases,
      finals,
      statusLists,
      trust,
      timers,
      log,
      random,
      indicesInHand: this.#deps.config.relay.indicesInHand,
      waitingFinals: () => this.#waitingFinals(),
      openFinals: () => this.#openFinals().map(([, { credentialId }]) => credentialId),
      isGoodFinal: (credential, id) => this.#isGoodFinal(credential, id),
      onSignedTime: keepClockFloor(clock, store, floorUnix, onFault),
      onChange,
    })
  }

  #startTaps(onChange: () => void): TapService {
    const { timers, log, nowMs } = this.#deps
    const { journal, upgrades, counter } = this.#rooms
    return startTaps({
      reader: this.#reader,
      parts: {
        cards: this.#cards,
        verify: (credential, proof) => this.#verify(credential, proof),
        upgrades,
        findFinal: (id) => this.#findFinal(id),
        isSecondLook: (id) => journal.find(toHex(id))?.localSearch === 'candidate',
        unfinishedFor: (uid) => journal.unfinishedFor(uid),
        finish: (record) => journal.finish(record),
        nowMs,
        onStoreFault: (error) => log.warn('tap.not-stored', errorFields(error)),
      },
      counter,
      timers,
      log,
      mayTap: () => OVER.has(this.#enrolments?.state.name ?? 'idle'),
      readerUses: () => this.#enrolments?.readerUses ?? 0,
      onTap: async () => void (await this.#enrolments?.feed({ name: 'acknowledge' })),
      onChange,
    })
  }

  #startFace(onChange: () => void): PanelFace | undefined {
    const { panel, timers, log } = this.#deps
    return panel && startPanelFace({ ...panel, kiosk: this, timers, log, onChange })
  }

  #verify(bytes: Uint8Array, cardProof: CardProof): Verification {
    const { trust, clock, verify } = this.#deps
    const { statusLists } = this.#rooms
    return verifyCredential({
      bytes,
      trust: trust.current,
      status: (district, list) => statusLists.find(district, list),
      clock: clock.now(),
      cardProof,
      verify,
    })
  }

  #isGoodFinal(credential: Uint8Array, id: Uint8Array): boolean {
    const { outcome, stage } = this.#verify(credential, NO_PROOF)
    if (outcome !== 'go' || stage !== 'final') return false
    const own = this.#rooms.journal.find(toHex(id))?.credential
    return own === undefined || isSuccessor(credential, own)
  }

  async #findFinal(id: Uint8Array): Promise<FinalRow | undefined> {
    const { finals } = this.#rooms
    const known = finals.find(id)
    if (known?.state === 'ready' || this.#uplink?.isConnected !== true) return known
    const answer = finals.wait(id, this.#deps.timers, FINAL_WAIT_MS)
    this.#uplink.askFinals([id])
    return await answer
  }

  #waitingFinals(): readonly Uint8Array[] {
    const unsent = new Set(this.#rooms.outbox.waiting.map(({ record }) => record))
    return this.#openFinals()
      .filter(([record]) => !unsent.has(record))
      .map(([, { credentialId }]) => credentialId)
  }

  #openFinals(): readonly (readonly [record: string, row: JournalRow])[] {
    const { journal, finals } = this.#rooms
    return [...journal.rows].filter(
      ([, row]) => isIssued(row) && finals.find(row.credentialId)?.state !== 'ready',
    )
  }

  async #keepHouse(): Promise<void> {
    const { timers, store, gallery, clock, log } = this.#deps
    this.#cancelHousekeeping = timers.after(HOUSEKEEPING_MS, () => void this.#keepHouse())
    try {
      await this.#rooms.counter.flush()
      await eraseOldTemplates(store, this.#rooms.journal, gallery, clock.now().unix)
    } catch (error) {
      log.warn('housekeeping.not-done', errorFields(error))
    }
    this.#changed()
  }

  #changed(): void {
    this.#revision += 1
    // The picture goes with the capture, whether or not the page asks again.
    if (this.#enrolments?.shown === undefined) this.#preview = undefined
    this.#state = this.#snapshot()
    for (const listener of [...this.#listeners]) listener(this.#state)
  }

  #snapshot(): KioskState {
    return snapshotOf(this.#deps, this.#rooms, {
      revision: this.#revision,
      orb: this.#orb.state,
      reader: this.#reader.state,
      panel: this.#face?.state,
      enrolment: this.#enrolments ?? NO_ENROLMENT,
      tap: this.#taps?.screen,
    })
  }
}

/** States of an enrolment in which nobody uses the reader. */
const OVER: ReadonlySet<string> = new Set(['idle', 'done', 'stopped'])
/** For bytes that lie on no card. */
const NO_PROOF: CardProof = { kind: 'none' }
const NO_ENROLMENT = { state: { name: 'idle' }, shown: undefined, hasFlash: true } as const
const NOT_STARTED: CommandResult = { isTaken: false, why: 'the kiosk is still starting' }
