import { readCard, writeCard } from '../../hardware/nfc/card.ts'
import { createNtag424 } from '../../hardware/nfc/ntag424-simulator.ts'
import { openPn532, type Pcd } from '../../hardware/nfc/pn532.ts'
import { createPn532Simulator } from '../../hardware/nfc/simulator.ts'
import { converse } from '../../hardware/nfc/virtual-card.ts'
import { createPortPair } from '../../hardware/sim/port-pair.ts'
import { createVirtualTimers, type VirtualTimers } from '../../hardware/sim/virtual-timers.ts'
import { toHex } from '../../protocol/bytes.ts'
import { FACTORY_KEY, KeySlot } from '../../protocol/card/card-keys.ts'
import { createKeyring } from '../../protocol/card/keyring.ts'
import type { CardTools } from '../../protocol/card/personhood-card.ts'
import { type CardKeys, deriveCardKeys, prepareCard } from '../../protocol/card/preparation.ts'
import { MAX_CREDENTIAL_BYTES } from '../../protocol/credential.ts'
import { publicKeyOf, signMessage } from '../../protocol/secp256k1.ts'
import { aes128, randomBytes, verifySecp256k1 } from '../../runtime/crypto.ts'
import { airedPort, pacedPort, timedCard, type WireTime } from './paced-line.ts'

/** One measured piece of work: what it took, and how much of that the bytes alone take, in ms. */
export type Timed = { readonly ms: number; readonly wireMs: number; readonly cpuMs: number }

/** A run of taps and of writes. */
export type TapTimes = { readonly taps: readonly Timed[]; readonly writes: readonly Timed[] }

const BAUD = 115_200
/** Virtual time goes on in steps of this many ms, so a result may be late by as much. */
const STEP_MS = 0.5
const VERSION = 1

/**
 * Taps and writes one prepared card through the driver and the virtual PN532, with each byte taking
 * its time on the line and in the air. A tap: poll, read, authentication, the guarded file, one
 * signature. A write: a first write, read back. Processor time is of this machine.
 */
export async function measureTaps(count: number, signal: AbortSignal): Promise<TapTimes> {
  const clock = createVirtualTimers()
  const time: WireTime = { line: 0, air: 0 }
  const pair = createPortPair('bench')
  const aired = airedPort(pair.device, clock, time)
  const chip = createPn532Simulator(aired.port, { timers: clock })
  const { card, tools } = preparedCard()
  chip.place(timedCard(card, aired.spend))
  const host = pacedPort(pair.host, BAUD, clock, time)
  const pcd = await pass(clock, openPn532(host, { timers: clock }))
  const key = randomBytes(32)
  const credential = randomBytes(MAX_CREDENTIAL_BYTES)
  const signature = signMessage(key, credential)
  const timed = async (act: () => Promise<void>): Promise<Timed> => {
    const wire = time.line + time.air
    const start = clock.nowMs
    const cpu = process.cpuUsage()
    await pass(clock, act())
    const { user, system } = process.cpuUsage(cpu)
    const cpuMs = (user + system) / 1000
    return { ms: clock.nowMs - start + cpuMs, wireMs: time.line + time.air - wire, cpuMs }
  }
  const writes: Timed[] = []
  const taps: Timed[] = []
  for (let i = 0; i < count; i++) {
    signal.throwIfAborted()
    const content = { file: { credential }, r: randomBytes(16) }
    writes.push(
      await timed(async () => void (await writeCard(pcd, await poll(pcd), tools, content))),
    )
    taps.push(
      await timed(async () => {
        const { proof } = await readCard(pcd, await poll(pcd), tools)
        const isGood = verifySecp256k1(publicKeyOf(key), credential, signature)
        if (proof.kind !== 'authenticated' || !isGood) throw new Error('the card proves itself')
      }),
    )
  }
  return { taps, writes }
}

function preparedCard(): { card: ReturnType<typeof createNtag424>; tools: CardTools } {
  const uid = Uint8Array.of(0x04, ...randomBytes(6))
  const card = createNtag424({ uid })
  const crypto = { aes: aes128, random: randomBytes }
  const master = { version: VERSION, key: FACTORY_KEY }
  const masters: CardKeys = { 0: master, 1: master, 2: master, 3: master, 4: master }
  const keys = deriveCardKeys(aes128, masters, uid, 'open')
  converse(card, prepareCard(crypto, keys, 'open'))
  const cards = new Map([[toHex(uid), keys[KeySlot.write].key]])
  const batches = [{ version: VERSION, cards }]
  const keyring = createKeyring(aes128, { policy: 'open', tap: [master], batches })
  return { card, tools: { ...crypto, keyring } }
}

async function poll(pcd: Pcd) {
  const [picc] = await pcd.poll()
  if (picc === undefined) throw new Error('the card lies there')
  return picc
}

async function pass<T>(clock: VirtualTimers, promise: Promise<T>): Promise<T> {
  let isSettled = false
  const mark = (): void => {
    isSettled = true
  }
  promise.then(mark, mark)
  while (!isSettled) await clock.advance(STEP_MS)
  return await promise
}
