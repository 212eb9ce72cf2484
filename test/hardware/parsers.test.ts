import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { parseControls } from '../../hardware/camera/controls.ts'
import { parseOffers } from '../../hardware/camera/formats.ts'
import { parseProbe } from '../../hardware/camera/video-source.ts'
import { decodeCobs } from '../../hardware/cobs.ts'
import type { Scan } from '../../hardware/exchange.ts'
import { decodeAnswer, readInfo, readMap } from '../../hardware/fido/ctap2.ts'
import {
  type Assembly,
  assemble,
  encodeReports,
  MAX_MESSAGE_BYTES,
} from '../../hardware/fido/hid-frame.ts'
import { readParameters, unpackImage } from '../../hardware/finger/commands.ts'
import { encodeFrame as fingerFrame, scanFinger } from '../../hardware/finger/frame.ts'
import { encodeFrame as chipFrame, scanPn532 } from '../../hardware/nfc/pn532-frame.ts'
import { encodeFrame as orbFrame, scan } from '../../hardware/orb/link.ts'
import { decodeMessage, scanMessages } from '../../hardware/orb/messages.ts'
import { encodeFrame as panelFrame, scanFirmata, scanPanel } from '../../hardware/panel/frame.ts'
import { readIntelHex } from '../../hardware/panel/intel-hex.ts'
import { readDone, readGuards, readState } from '../../hardware/panel/messages.ts'
import { concat, fromHex } from '../../protocol/bytes.ts'
import { decodeCommand, decodeResponse } from '../../protocol/card/apdu.ts'
import { decodeCertificate } from '../../protocol/card/elliptic-card.ts'
import { decodeFileDescription, decodeFileSettings } from '../../protocol/card/file-settings.ts'
import { decodeCardFile } from '../../protocol/card/layout.ts'
import { parseMirrorAddress } from '../../protocol/card/mirror.ts'
import { decodeNdef, scanNdef } from '../../protocol/card/ndef.ts'
import { decodeCapabilities } from '../../protocol/card/ntag424.ts'
import { decodeRedo } from '../../protocol/card/redo.ts'
import { readCarrier } from '../../protocol/card/type2.ts'
import { outcomeOf } from '../kit/parsers.ts'

/** A splitter of a line, with one good frame of it. */
type Splitter = {
  readonly split: (bytes: Uint8Array, lineIdle: boolean) => Scan<unknown>
  readonly good: Uint8Array
  /** Most bytes that it may hold back. */
  readonly mostRest: number
}

const ORB_MOST = 8400
const SPLITTERS: Readonly<Record<string, Splitter>> = {
  scanPn532: {
    split: scanPn532,
    good: chipFrame(0xd5, Uint8Array.of(0x03, 0x32, 0x01, 0x06, 0x07)),
    mostRest: 280,
  },
  scanFinger: {
    split: scanFinger,
    good: fingerFrame({ kind: 0x07, address: 0xff_ff_ff_ff, payload: Uint8Array.of(0) }),
    mostRest: 280,
  },
  scan: {
    split: scan,
    good: orbFrame({ version: 2, type: 0x84, tag: 5, body: Uint8Array.of(1, 54) }),
    mostRest: ORB_MOST,
  },
  scanMessages: {
    split: scanMessages,
    good: orbFrame({ version: 2, type: 0x84, tag: 5, body: Uint8Array.of(1, 54) }),
    mostRest: ORB_MOST,
  },
  scanPanel: {
    split: scanPanel,
    good: panelFrame({ command: 0x0a, seq: 1, payload: Uint8Array.of(1, 2, 3) }),
    mostRest: 1024,
  },
  scanFirmata: { split: scanFirmata, good: fromHex('f0790205f7'), mostRest: 1024 },
}

/** Readers of whole messages: a value, nothing, or `bytes.*`. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  decodeCobs,
  decodeMessage: (body) => {
    const types = [0x80, 0x81, 0x83, 0x84, 0x85, 0x90, 0x91, 0x01, 0x02, 0x7f]
    return types.map((type) => decodeMessage({ version: 2, type, tag: 1, body }))
  },
  readParameters,
  unpackImage,
  readState: (payload) => readState({ command: 0x09, seq: 1, payload }),
  readGuards: (payload) => readGuards({ command: 0x0a, seq: 1, payload }),
  readDone: (payload) => readDone({ command: 0x08, seq: 1, payload }),
  readIntelHex: (bytes) => readIntelHex(textOf(bytes), 0x80_00),
  decodeAnswer,
  readMap,
  readInfo: (bytes) => readInfo(readMap(bytes)),
  parseControls: (bytes) => parseControls(textOf(bytes)),
  parseOffers: (bytes) => parseOffers(textOf(bytes)),
  parseProbe: (bytes) => parseProbe(textOf(bytes)),
  decodeCommand,
  decodeResponse,
  decodeCapabilities,
  decodeCertificate,
  decodeRedo,
  parseMirrorAddress: (bytes) => parseMirrorAddress(textOf(bytes)),
  readCarrier,
  decodeFileSettings,
  decodeFileDescription,
  decodeCardFile,
  decodeNdef,
  scanNdef,
}

/** They have a name like a parser's and hold a conversation; what they hear goes through those above. */
const CONVERSATIONS = [
  ...['readCard', 'readNtag216', 'readData', 'readBinary', 'readBytes', 'readNdefFile'],
  ...['readCapabilities', 'readCertificate', 'readEllipticCard', 'readPersonhoodCard'],
  ...['readVersions', 'assemble'],
]

/** Any bytes as text, for the parsers of what programs print. */
function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1')
}

const COUNT = process.env['PERSONHOOD_TEST_FULL'] === undefined ? 100 : 20_000
const MANY_BYTES = 250_000

/** Long runs that would hold a careless parser up: starts without an end, lengths that promise most. */
function hostileRuns(): readonly Uint8Array[] {
  const heads = ['00', 'ff', '55', 'f0', 'f001', 'ef01', '0000ff', '0000ffffff0109f6d5', '03ff']
  const finger = 'ef01ffffffff020102'
  const cbor = ['a1', '81', '9f', '5fff']
  const text = ['20', '0a', '3a', '25', '5b', '3030']
  return [...heads, finger, ...cbor, ...text].map((hex) => repeated(fromHex(hex)))
}

function repeated(part: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(MANY_BYTES)
  for (let at = 0; at < MANY_BYTES; at += part.length) {
    bytes.set(part.subarray(0, MANY_BYTES - at), at)
  }
  return bytes
}

const HOSTILE = hostileRuns()

const DECLARED =
  /^export (?:async )?function\*? ((?:scan|parse|decode|read|assemble|unpack)[A-Za-z0-9]*)/gm

t.setTimeout(300_000)

t.test(
  'the list is whole: nothing in hardware/ or protocol/card/ reads bytes unlisted',
  async (t) => {
    const known = new Set([...Object.keys(SPLITTERS), ...Object.keys(READERS), ...CONVERSATIONS])
    const names = ['hardware', 'protocol/card'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(DECLARED)])
        .map(([, name = '']) => name),
    )
    t.ok(names.length > 30)
    t.same(
      names.filter((name) => !known.has(name)),
      [],
    )
  },
)

for (const [name, { split, good, mostRest }] of Object.entries(SPLITTERS)) {
  t.test(`${name}: cut anywhere it is awaited, and on a silent line given up`, async (t) => {
    t.equal(split(good, false).frames.length, 1)
    for (let length = 0; length < good.length - 1; length++) {
      const cut = good.slice(0, length)
      t.same(split(cut, false).frames, [], `${length} bytes`)
      t.same(split(cut, true).rest, new Uint8Array(0), `${length} bytes, silent`)
    }
  })

  t.test(`${name}: noise costs no more than itself, however it is split`, async () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 50 }),
        (noise, n) => {
          let rest: Uint8Array = new Uint8Array(0)
          for (let at = 0; at < noise.length; at += n) {
            rest = split(concat(rest, noise.slice(at, at + n)), false).rest
            if (rest.length > mostRest) return false
          }
          rest = split(rest, true).rest
          return rest.length === 0 && split(good, false).frames.length === 1
        },
      ),
      { numRuns: COUNT },
    )
  })

  t.test(
    `${name}: a long run of hostile bytes is soon through, and holds little back`,
    async (t) => {
      // Work that grows with the square would take hours.
      for (const bytes of HOSTILE) {
        const { rest } = split(bytes, false)
        t.ok(rest.length <= mostRest, `${bytes.slice(0, 9).join(' ')}: ${rest.length}`)
      }
    },
  )
}

for (const [name, read] of Object.entries(READERS)) {
  t.test(
    `${name}: noise is answered or refused, and a long run of hostile bytes soon through`,
    async (t) => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
          outcomeOf(() => read(noise))
          return true
        }),
        { numRuns: COUNT },
      )
      for (const bytes of HOSTILE) outcomeOf(() => read(bytes))
      t.pass()
    },
  )
}

t.test('assemble: reports of any kind in any order make no message over the limit', async () => {
  const good = encodeReports({ channel: 7, command: 0x10, payload: new Uint8Array(200) })
  const report = fc.oneof(fc.uint8Array({ maxLength: 70 }), fc.constantFrom(...good))
  fc.assert(
    fc.property(fc.array(report, { maxLength: 200 }), (reports) => {
      let state: Assembly | undefined
      for (const bytes of reports) {
        const step = assemble(state, bytes)
        state = step.state
        if ((state?.gotBytes ?? 0) > MAX_MESSAGE_BYTES) return false
        if ((step.message?.payload.length ?? 0) > MAX_MESSAGE_BYTES) return false
      }
      return true
    }),
    { numRuns: COUNT },
  )
})
