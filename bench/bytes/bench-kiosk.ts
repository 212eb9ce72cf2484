import { readFile } from 'node:fs/promises'
import { BROKER_PASSWORD, passwordText } from '../../cli/stations/broker-access.ts'
import type { Closers } from '../../cli/stations/closers.ts'
import { openGround } from '../../cli/stations/ground.ts'
import { loadKey } from '../../cli/stations/load-key.ts'
import { type Line, parseKioskConfig } from '../../firmware/config.ts'
import { CONSENT, consentHash } from '../../firmware/enrolment/consent.ts'
import { issueProvisional, newDraftIds } from '../../firmware/enrolment/draft.ts'
import { partsOfIssue } from '../../firmware/enrolment/issue-parts.ts'
import { type Leases, openLeases } from '../../firmware/enrolment/leases.ts'
import { type Finals, openFinals } from '../../firmware/relay/finals.ts'
import { type Outbox, openOutbox } from '../../firmware/relay/outbox.ts'
import { goneMessage } from '../../firmware/relay/presence.ts'
import { openStatusLists } from '../../firmware/relay/status-lists.ts'
import { startUplink } from '../../firmware/relay/uplink.ts'
import { openTapCounter } from '../../firmware/tap/counts.ts'
import { toHex } from '../../protocol/bytes.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { commitCapture } from '../../protocol/messages/references.ts'
import type { TapOutcome } from '../../protocol/messages/tap-counts.ts'
import type { UnixSeconds } from '../../protocol/time.ts'
import type { Timers } from '../../protocol/timers.ts'
import { deflate, inflate, randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { openGallery } from '../../runtime/gallery.ts'
import type { Log } from '../../runtime/log.ts'
import { connectMqtt } from '../../runtime/mqtt-transport.ts'
import type { Store } from '../../runtime/store.ts'
import type { Transport } from '../../runtime/transport.ts'
import type { Person } from './people.ts'

/**
 * A kiosk's side of the line without its devices: outbox, leases, tap counter and uplink are the
 * firmware's own, over a TCP connection of its own.
 */
export type BenchKiosk = {
  readonly outbox: Outbox
  readonly finals: Finals
  readonly leases: Leases
  readonly store: Store
  readonly transport: Transport
  readonly keepaliveS: number
  /** Issues a provisional credential; resolves when record and search have it. */
  enrol(person: Person): Promise<Enrolled>
  /** Asks for status indices where few are left. */
  checkLeases(): void
  /** Counts a tap at the time of the timers. */
  tap(outcome: TapOutcome): Promise<void>
  /** Moves counts of an hour that is over into the outbox. */
  flushTaps(): Promise<void>
}

/** Identifiers of an enrolment that is made. */
export type Enrolled = { readonly record: Uint8Array; readonly credentialId: Uint8Array }

/** Where the kiosk's folder and its broker are; `observe` sees each message that passes. */
export type BenchKioskOptions = {
  readonly configFile: string
  readonly folder: string
  readonly brokerUrl: string
  readonly areTemplatesCoded: boolean
  readonly log: Log
  readonly timers: Timers
  /** Dates what goes into the outbox. */
  readonly nowUnix: () => UnixSeconds
  /** Where it is another line than the configuration says. */
  readonly line?: Line
  readonly observe?: (transport: Transport) => Transport
}

/** Opens it; `closers` close it. */
export async function openBenchKiosk(
  options: BenchKioskOptions,
  closers: Closers,
): Promise<BenchKiosk> {
  const { configFile, folder, brokerUrl, areTemplatesCoded, log, timers, nowUnix } = options
  const config = parseKioskConfig(await readFile(configFile, 'utf8'), configFile)
  const uses = ['relay', 'provisional', 'seal'] as const
  const { data, keys, store, clock, station, trust, messenger } = await openGround(
    { config, folder, uses },
    closers,
  )
  const random = randomBytes
  const own = new Map<string, Uint8Array>()
  const leases = await openLeases({ store, provisioned: config.leases, random })
  const outbox = await openOutbox(store, nowUnix)
  const gallery = closers.add(await openGallery(store))
  const finals = await openFinals(store, (id) => own.has(id))
  const counter = await openTapCounter({ store, outbox, nowUnix, random })
  const zlib = { deflate, inflate }
  const verify = verifySecp256k1
  const statusLists = await openStatusLists({ store, trust, clock, verify, zlib })
  const transport = connectMqtt({
    url: brokerUrl,
    clientId: config.station,
    username: config.station,
    password: passwordText(await loadKey(keys, BROKER_PASSWORD, data)),
    will: goneMessage(messenger, config.station),
    protocolVersion: config.broker.protocolVersion,
    keepaliveS: config.broker.keepaliveS,
    random: Math.random,
  })
  closers.add(transport)
  const uplink = await startUplink({
    ...{
      station: station.path,
      messenger,
      transport: options.observe?.(transport) ?? transport,
      outbox,
    },
    ...{ leases, finals, statusLists, trust, timers, log, random },
    line: options.line ?? config.relay.line,
    indicesInHand: config.relay.indicesInHand,
    openFinals: () => [],
    waitingFinals: () =>
      [...own].filter(([, id]) => finals.find(id)?.state !== 'ready').map(([, id]) => id),
    // What is measured is bytes: the firmware's own check has its own tests.
    isGoodFinal: () => true,
    onSignedTime: () => undefined,
    onChange: () => undefined,
  })
  closers.add(uplink)
  const makeParts = partsOfIssue({ outbox, gallery, areTemplatesCoded })

  async function enrol({ references, presentation }: Person): Promise<Enrolled> {
    const status = leases.pick()
    const claim = status && leases.claim(status)
    if (status === undefined || claim === undefined) {
      throw new PersonhoodError('call.bench', 'the bench kiosk has no status index left')
    }
    const signer = station.signer('provisional')
    const captured = clock.now().unix
    const ids = newDraftIds(random)
    const draft = { ...ids, status, issued: captured, consentHash: consentHash(CONSENT) }
    const uid = random(7)
    const credential = issueProvisional(draft, uid, config.provisionalDays, signer)
    const commitment = commitCapture(references, captured, signer)
    const { writes, onCommitted } = makeParts(
      { draft, uid, credential, localSearch: 'none' },
      { captured, references, commitment, presentation },
    )
    const { conditions } = claim
    const isCommitted = await store.commit({ conditions, writes: [...claim.writes, ...writes] })
    leases.settle(claim, isCommitted)
    own.set(toHex(draft.credentialId), draft.credentialId)
    onCommitted()
    return draft
  }
  return {
    ...{ outbox, finals, leases, store, transport, keepaliveS: config.broker.keepaliveS, enrol },
    checkLeases: uplink.checkLeases,
    tap: (outcome) => counter.add(outcome),
    flushTaps: () => counter.flush(),
  }
}
