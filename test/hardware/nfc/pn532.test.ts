import fc from 'fast-check'
import t from 'tap'
import { createNtag216 } from '../../../hardware/nfc/ntag216-simulator.ts'
import { createNtag424 } from '../../../hardware/nfc/ntag424-simulator.ts'
import { openPn532, type Pcd, type Picc } from '../../../hardware/nfc/pn532.ts'
import { ACK_FRAME, encodeFrame, scanPn532, Tfi } from '../../../hardware/nfc/pn532-frame.ts'
import type { Pn532Fault } from '../../../hardware/nfc/simulator.ts'
import { createPortPair } from '../../../hardware/sim/port-pair.ts'
import { createVirtualTimers, type VirtualTimers } from '../../../hardware/sim/virtual-timers.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import {
  CARD_UID,
  createBench,
  createBenchWithCard,
  onlyPicc,
  passTime,
} from '../../kit/nfc-bench.ts'

const SELECT_NDEF = fromHex('00a4040007d276000085010100')
const SELECT_FILE = fromHex('00a4000c02e104')
const READ_8 = fromHex('00b0000008')
const FACTORY_8 = `${'00'.repeat(8)}9000`

t.test('a sleeping reader is woken, set up and asked who it is', async (t) => {
  const bench = createBench()
  const heard: string[] = []
  bench.cable.device.onBytes((bytes) => heard.push(toHex(bytes)))
  const pcd = await bench.open()
  t.equal(pcd.firmware, 'PN532 1.6')
  t.equal(
    heard[0],
    [
      '0000ff00ff00', // ACK: call off what runs
      `5555${'00'.repeat(14)}`, // wake-up
      '0000ff05fbd414010000' + '17' + '00', // SAMConfiguration, normal mode
    ].join(''),
  )
  t.match(heard[1], /^0000ff06fad400/, 'Diagnose: communication test')
  t.equal(heard[2], '0000ff03fdd41214' + '06' + '00', 'SetParameters: automatic RATS')
  t.equal(heard[3], '0000ff06fad43202000b0a' + 'e3' + '00', 'RFConfiguration: timings')
  t.equal(heard[4], '0000ff04fcd4320400' + 'f6' + '00', 'RFConfiguration: no repeats')
  t.equal(heard[5], '0000ff06fad43205000102' + 'f2' + '00', 'RFConfiguration: few retries')
  t.equal(heard[6], '0000ff02fed402' + '2a' + '00', 'GetFirmwareVersion')
  t.equal(heard.length, 7)
})

t.test('an empty field, one card, two cards', async (t) => {
  const bench = createBench()
  const pcd = await bench.open()
  t.same(await bench.pass(pcd.poll()), [])
  const card = createNtag424({ uid: CARD_UID })
  bench.chip.place(card)
  t.same(await bench.pass(pcd.poll()), [
    {
      targetNumber: 1,
      uid: CARD_UID,
      atqa: fromHex('0344'),
      sak: 0x20,
      ats: fromHex('067777710280'),
    },
  ])
  bench.chip.place(createNtag216(fromHex('04a1b2c3d4e580')))
  bench.chip.place(createNtag216(fromHex('04a1b2c3d4e581')))
  const two = await bench.pass(pcd.poll())
  t.same(
    two.map(({ uid, sak, ats }) => [toHex(uid), sak, ats.length]),
    [
      [toHex(CARD_UID), 0x20, 6],
      ['04a1b2c3d4e580', 0x00, 0],
    ],
    'the reader holds two at most: enough to say "one card please"',
  )
  bench.chip.remove(card)
  t.equal(bench.chip.cards.length, 2)
})

t.test('each of two cards is spoken to under its own target', async (t) => {
  const bench = createBench()
  const pcd = await bench.open()
  bench.chip.place(createNtag216(fromHex('04a1b2c3d4e580')))
  bench.chip.place(createNtag424({ uid: CARD_UID }))
  const [plain, smart] = await bench.pass(pcd.poll())
  if (plain === undefined || smart === undefined) throw new Error('two cards are due')
  t.equal(toHex(await bench.pass(pcd.transceive(smart, SELECT_NDEF))), '9000')
  t.match(toHex(await bench.pass(pcd.transceive(plain, fromHex('3000')))), /^04a1b29fc3d4e580/)
})

t.test('a command that the chip does not know goes raw to the card in the field', async (t) => {
  const bench = createBench()
  const pcd = await bench.open()
  bench.chip.place(createNtag216(fromHex('04a1b2c3d4e580')))
  onlyPicc(await bench.pass(pcd.poll()))
  t.equal(toHex(await bench.pass(pcd.transceiveRaw(fromHex('60')))), '0004040201001303')
  await t.rejects(bench.pass(pcd.transceiveRaw(fromHex('ff'))), { code: 'card.moved' })
  await t.rejects(bench.pass(pcd.transceiveRaw(new Uint8Array(300))), { code: 'call.apdu' })
})

t.test('calls wait their turn', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  const answers = await pass(
    Promise.all([SELECT_NDEF, SELECT_FILE, READ_8].map((apdu) => pcd.transceive(picc, apdu))),
  )
  t.same(answers.map(toHex), ['9000', '9000', FACTORY_8])
})

t.test('a card that leaves is told as moved; the reader goes on', async (t) => {
  const { pcd, picc, card, chip, pass } = await createBenchWithCard()
  chip.remove(card)
  await t.rejects(pass(pcd.transceive(picc, SELECT_NDEF)), {
    code: 'card.moved',
    message: /put it back, nothing is lost/,
  })
  chip.place(card)
  await t.rejects(pass(pcd.transceive(picc, SELECT_NDEF)), { code: 'card.moved' })
  const again = onlyPicc(await pass(pcd.poll()))
  t.equal(toHex(await pass(pcd.transceive(again, SELECT_NDEF))), '9000')
})

t.test('after a release the card must be found anew', async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  await pass(pcd.release())
  await t.rejects(pass(pcd.transceive(picc, SELECT_NDEF)), { code: 'card.moved' })
  t.equal((await pass(pcd.poll())).length, 1)
})

// What one such fault at a poll and at an APDU must lead to: an answer, or an error and a reader
// that answers the next call rightly.
const FAULTS: readonly (readonly [Pn532Fault, 'answers' | 'device.timeout' | 'device.refused'])[] =
  [
    ['lost-ack', 'answers'],
    ['stale-answer', 'answers'],
    ['wrong-checksum', 'answers'],
    ['split', 'answers'],
    ['noise', 'answers'],
    ['lost-command', 'device.timeout'],
    ['lost-answer', 'device.timeout'],
    ['late-answer', 'device.timeout'],
    ['silence', 'device.timeout'],
    ['brown-out', 'device.timeout'],
    ['error-frame', 'device.refused'],
  ]

for (const [fault, outcome] of FAULTS) {
  t.test(`${fault} at an APDU: ${outcome}, and the next answer is the right one`, async (t) => {
    const { pcd, picc, chip, card, pass } = await createBenchWithCard()
    await pass(pcd.transceive(picc, SELECT_NDEF))
    chip.inject(fault)
    const answer = pass(pcd.transceive(picc, SELECT_FILE))
    if (outcome === 'answers') t.equal(toHex(await answer), '9000')
    else await t.rejects(answer, { code: outcome })
    if (fault === 'brown-out') {
      await t.rejects(pass(pcd.transceive(picc, READ_8)), { code: 'card.moved' })
      const again = onlyPicc(await pass(pcd.poll()))
      t.equal(toHex(again.uid), toHex(card.uid))
      await pass(pcd.transceive(again, SELECT_NDEF))
      await pass(pcd.transceive(again, SELECT_FILE))
      t.equal(toHex(await pass(pcd.transceive(again, READ_8))), FACTORY_8)
      return
    }
    if (outcome !== 'answers') await pass(pcd.transceive(picc, SELECT_FILE))
    t.equal(toHex(await pass(pcd.transceive(picc, READ_8))), FACTORY_8)
  })

  t.test(`${fault} at a poll costs no call, where the command may run twice`, async (t) => {
    const bench = createBench()
    const pcd = await bench.open()
    bench.chip.place(createNtag424({ uid: CARD_UID }))
    bench.chip.inject(fault)
    const isHopeless = fault === 'error-frame' || fault === 'brown-out'
    if (isHopeless) await t.rejects(bench.pass(pcd.poll()), { code: outcome })
    t.equal(toHex(onlyPicc(await bench.pass(pcd.poll())).uid), toHex(CARD_UID))
  })

  t.test(`${fault} while opening`, async (t) => {
    for (let command = 0; command < 5; command++) {
      const bench = createBench()
      const faults: Pn532Fault[] = [...Array<Pn532Fault>(command).fill('split'), fault]
      for (const one of faults) bench.chip.inject(one)
      if (fault === 'error-frame') {
        await t.rejects(bench.open(), { code: 'device.refused' }, `command ${command}`)
      } else if (fault === 'brown-out' && command > 0) {
        await t.rejects(bench.open(), { code: 'device.timeout' }, `command ${command}`)
      } else {
        t.equal((await bench.open()).firmware, 'PN532 1.6', `command ${command}`)
      }
    }
  })
}

t.test('what went wrong and was set right is counted', async (t) => {
  const { pcd, picc, chip, pass } = await createBenchWithCard()
  for (const fault of ['lost-ack', 'stale-answer', 'wrong-checksum', 'noise'] as const) {
    chip.inject(fault)
    await pass(pcd.transceive(picc, SELECT_NDEF))
  }
  t.same(pcd.faults, {
    discardedBytes: pcd.faults.discardedBytes,
    staleAnswers: 1,
    corruptAnswers: 1,
    lostAcks: 1,
  })
  t.ok(pcd.faults.discardedBytes > 4)
})

const echo = (parameters: Uint8Array): Uint8Array => parameters
const nothing = (): Uint8Array => new Uint8Array(0)

/** A device of a test's own: what it answers to which command; the rest it ignores. */
function openScripted(
  answers: Readonly<Record<number, (parameters: Uint8Array) => Uint8Array>>,
  spoil: (frame: Uint8Array) => Uint8Array = echo,
  timers: VirtualTimers = createVirtualTimers(),
): Promise<Pcd> {
  const { host, device } = createPortPair('nfc')
  let last = ACK_FRAME
  device.onBytes((bytes) => {
    for (const frame of scanPn532(bytes, true).frames) {
      if (frame.kind === 'nack') void device.write(spoil(last))
      const [code = -1, ...parameters] = frame.kind === 'information' ? frame.payload : []
      const payload = answers[code]?.(Uint8Array.from(parameters))
      if (payload === undefined) continue
      last = encodeFrame(Tfi.toHost, concat(Uint8Array.of(code + 1), payload))
      void device.write(concat(ACK_FRAME, spoil(last)))
    }
  })
  return passTime(timers, openPn532(host, { timers }))
}

t.test('an answer garbled time after time is given up', async (t) => {
  let answers = 0
  const spoil = (frame: Uint8Array): Uint8Array => {
    answers++
    return frame.map((byte, i) => (i === 6 ? 0x99 : byte))
  }
  await t.rejects(openScripted({ 20: nothing }, spoil), { code: 'device.garbled' })
  t.equal(answers, 4, 'once, and at each of three NACKs')
})

const setUp = { 0: echo, 18: nothing, 20: nothing, 50: nothing }

/** What a poll makes of such an answer to InListPassiveTarget: cards, or the code of its refusal. */
async function pollOf(answers: readonly Uint8Array[]): Promise<(readonly Picc[] | string)[]> {
  const timers = createVirtualTimers()
  const left = [...answers]
  const next = (): Uint8Array => left.shift() ?? new Uint8Array(0)
  const chip = { ...setUp, 2: () => fromHex('32010607'), 74: next }
  const pcd = await openScripted(chip, echo, timers)
  const outcomes: (readonly Picc[] | string)[] = []
  for (const _ of answers) {
    const poll = pcd.poll().catch((error) => String(error.code))
    outcomes.push(await passTime(timers, poll))
  }
  return outcomes
}

t.test(
  'a target list cut at any byte is refused, unless it breaks off at the end of a card',
  async (t) => {
    const whole = fromHex(`02010344200704de5f1eacc0400677777102800200440004a1b2c3d4`)
    const cuts = Array.from({ length: whole.length }, (_, cut) => whole.slice(0, cut))
    const outcomes = await pollOf(cuts)
    t.same(outcomes[0], [], 'no count, no card')
    t.same(new Set(outcomes.slice(1)), new Set(['bytes.nfc-target']))
    t.match((await pollOf([whole]))[0], [{ targetNumber: 1 }, { targetNumber: 2, sak: 0 }])
  },
)

t.test('noise for a target list is read within its bytes or refused', async (t) => {
  const noise = fc.sample(fc.uint8Array({ maxLength: 60 }), { numRuns: 300, seed: 7 })
  for (const [i, outcome] of (await pollOf(noise)).entries()) {
    const told = typeof outcome === 'string' ? [] : outcome
    if (typeof outcome === 'string') t.equal(outcome, 'bytes.nfc-target')
    const used = told.reduce((sum, { uid, ats }) => sum + 5 + uid.length + ats.length, 0)
    t.ok(used <= (noise[i]?.length ?? 0))
  }
})

t.test('an APDU answer without a status, with a fault of the reader, or too long', async (t) => {
  const timers = createVirtualTimers()
  const left = ['', '07', '40ff9000', '009000'].map(fromHex)
  const chip = { ...setUp, 2: () => fromHex('32010607'), 64: () => left.shift() ?? nothing() }
  const pcd = await openScripted(chip, echo, timers)
  const picc = { targetNumber: 1 } as Picc
  for (const code of ['bytes.nfc-answer', 'device.exchange', 'device.exchange']) {
    await t.rejects(passTime(timers, pcd.transceive(picc, SELECT_NDEF)), { code })
  }
  t.equal(toHex(await passTime(timers, pcd.transceive(picc, SELECT_NDEF))), '9000')
})

t.test('a device that is no PN532 is named as such', async (t) => {
  const other = { ...setUp, 2: () => fromHex('07010607') }
  await t.rejects(openScripted(other), { code: 'device.unsupported', message: /0x7, expected/ })
  await t.rejects(openScripted({ ...setUp, 2: nothing }), { code: 'device.unsupported' })
  await t.rejects(openScripted({ ...setUp, 0: nothing }), { code: 'device.garbled' })
  await t.rejects(openScripted({}), { code: 'device.timeout', message: /cable/ })
})

t.test(
  'a target list that breaks off is refused, a missing answer to select is none',
  async (t) => {
    const bench = createBench()
    const pcd = await bench.open()
    const card = createNtag424({ uid: CARD_UID })
    for (const broken of [
      { uid: CARD_UID, ats: fromHex('2077') },
      { uid: CARD_UID, ats: new Uint8Array(0) },
    ]) {
      const odd = Object.assign(createNtag216(CARD_UID), { ...broken, sak: 0x20 })
      bench.chip.place(odd)
      const isWhole = broken.ats.length === 0
      if (!isWhole) await t.rejects(bench.pass(pcd.poll()), { code: 'bytes.nfc-target' })
      else t.equal(onlyPicc(await bench.pass(pcd.poll())).ats.length, 0)
      bench.chip.remove(odd)
    }
    bench.chip.place(card)
    t.equal((await bench.pass(pcd.poll())).length, 1)
  },
)

t.test('a call ends with its signal, and the next call finds the reader in step', async (t) => {
  const { pcd, picc, chip, pass } = await createBenchWithCard()
  const stop = new AbortController()
  chip.inject('late-answer')
  const call = pcd.transceive(picc, SELECT_NDEF, stop.signal)
  const waiting = pcd.transceive(picc, SELECT_NDEF, stop.signal)
  await new Promise((resolve) => setImmediate(resolve))
  stop.abort(new Error('the resident went away'))
  await t.rejects(pass(call), { message: 'the resident went away' })
  await t.rejects(pass(waiting), { message: 'the resident went away' })
  t.equal(toHex(await pass(pcd.transceive(picc, SELECT_NDEF))), '9000')
  await t.rejects(pass(pcd.poll(AbortSignal.abort(new Error('closing')))), { message: 'closing' })
})

t.test('an unplugged reader ends every call at once', async (t) => {
  const { pcd, picc, chip, cable, pass } = await createBenchWithCard()
  chip.inject('silence')
  const call = pcd.transceive(picc, SELECT_NDEF)
  call.catch(() => undefined)
  await new Promise((resolve) => setImmediate(resolve))
  cable.unplug()
  await t.rejects(pass(call), { code: 'device.unplugged' })
  await t.rejects(pass(pcd.poll()), { code: 'device.unplugged' })
  await pass(pcd.close())
})

t.test('closing switches the field off and closes the port', async (t) => {
  const { pcd, card, cable, pass } = await createBenchWithCard()
  const heard: string[] = []
  cable.device.onBytes((bytes) => heard.push(toHex(bytes)))
  await pass(pcd.close())
  t.match(heard[0], /d4320100/)
  t.notOk(card.isAway)
  await t.rejects(pass(pcd.poll()), { code: 'call.port-closed' })
})

t.test('a line that takes no bytes does not hold a call', async (t) => {
  const timers = createVirtualTimers()
  const { host } = createPortPair('nfc')
  const stuck = { ...host, write: () => new Promise<void>(() => {}) }
  const opening = openPn532(stuck, { timers, timeoutMs: 50 })
  await t.rejects(passTime(timers, opening), { code: 'device.timeout' })
  t.equal(timers.nowMs, 150)
})

t.test('a reader opens and reads over a line that flips and drops bytes', async (t) => {
  let opened = 0
  for (let seed = 1; seed <= 20; seed++) {
    const faults = { seed, flipPerMillion: 1500, dropPerMillion: 1500, chunkMaxBytes: 5 }
    const bench = createBench({ toDevice: faults, toHost: { ...faults, seed: seed + 1000 } })
    bench.chip.place(createNtag424({ uid: CARD_UID }))
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        const pcd = await bench.open()
        const [picc] = await bench.pass(pcd.poll())
        t.equal(toHex(picc?.uid ?? new Uint8Array(0)), toHex(CARD_UID), `seed ${seed}`)
        opened++
        break
      } catch (error) {
        t.match(error, { code: /^device\./ }, `seed ${seed}`)
      }
    }
  }
  t.equal(opened, 20)
})

t.test("an APDU too long for the reader is the caller's fault", async (t) => {
  const { pcd, picc, pass } = await createBenchWithCard()
  await t.rejects(pass(pcd.transceive(picc, new Uint8Array(263))), { code: 'call.apdu' })
  t.equal(toHex(await pass(pcd.transceive(picc, new Uint8Array(262)))), '6700')
})
