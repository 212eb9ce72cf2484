import fc from 'fast-check'
import t from 'tap'
import { fromHex, fromText, toHex, toText } from '../../../protocol/bytes.ts'
import { encodeCardFile } from '../../../protocol/card/layout.ts'
import {
  encryptFileData,
  encryptPiccData,
  MAX_MIRROR_HOST_BYTES,
  type Mirror,
  mirrorDigits,
  mirrorMac,
  mirrorSession,
  parseMirrorAddress,
  planMirror,
  verifyMirror,
} from '../../../protocol/card/mirror.ts'
import { aes128 } from '../../../runtime/crypto.ts'
import { NTAG424 } from '../../kit/card-vectors.ts'

const UID = fromHex('041e3c8a2d6b80')
const KEY = new Uint8Array(16).fill(4)

function mirrorOf(vector: (typeof NTAG424.mirrors)[number]): Mirror {
  return {
    identity: { piccData: fromHex(vector.piccData) },
    mac: fromHex(vector.mac),
    macInput: fromText(vector.macInput),
    encrypted: vector.encrypted === undefined ? undefined : fromHex(vector.encrypted),
  }
}

/** An address as a card with this key shows it at that tap. */
function addressAt(counter: number, key: Uint8Array = KEY): string {
  const shown = mirrorDigits(UID)
  const text = toText(shown) + counter.toString(16).padStart(6, '0').toUpperCase()
  const mac = mirrorMac(aes128, mirrorSession(aes128, key, UID, counter), fromText(text))
  return `https://example.org/c?${text}${toText(mirrorDigits(mac))}`
}

for (const vector of NTAG424.mirrors) {
  t.test(vector.from, async (t) => {
    const keys = { meta: fromHex(vector.metaKey), file: () => fromHex(vector.fileKey) }
    const tapped = verifyMirror(aes128, keys, mirrorOf(vector))
    t.equal(toHex(tapped?.uid ?? KEY), vector.uid)
    t.equal(tapped?.counter, vector.counter)
    if (vector.fileData !== undefined) {
      t.equal(toText(tapped?.fileData ?? KEY), vector.fileData)
    }
  })
}

t.test('a mirror with any bit changed proves nothing', async (t) => {
  const vector = NTAG424.mirrors[1]
  if (vector === undefined) throw new Error('no vector')
  const keys = { meta: fromHex(vector.metaKey), file: () => fromHex(vector.fileKey) }
  const mirror = mirrorOf(vector)
  const piccData = fromHex(vector.piccData)
  for (let at = 0; at < 16; at++) {
    const changed = piccData.with(at, (piccData[at] ?? 0) ^ 1)
    t.equal(verifyMirror(aes128, keys, { ...mirror, identity: { piccData: changed } }), undefined)
    t.equal(
      verifyMirror(aes128, keys, { ...mirror, identity: { piccData: piccData.slice(at) } })
        ?.counter,
      at === 0 ? 8 : undefined,
    )
  }
  for (let at = 0; at < 8; at++) {
    t.equal(verifyMirror(aes128, keys, { ...mirror, mac: mirror.mac.slice(0, at) }), undefined)
    const mac = mirror.mac.with(at, (mirror.mac[at] ?? 0) ^ 1)
    t.equal(verifyMirror(aes128, keys, { ...mirror, mac }), undefined)
  }
  t.equal(verifyMirror(aes128, { file: keys.file }, mirror), undefined, 'without the meta key')
  t.equal(verifyMirror(aes128, keys, { ...mirror, encrypted: new Uint8Array(17) }), undefined)
})

t.test('a card and a verifier agree on encrypted identity and file data', async (t) => {
  const tap = { uid: UID, counter: 0x01_02_03 }
  const session = mirrorSession(aes128, KEY, UID, tap.counter)
  const data = fromText('sixteen bytes ..')
  const encrypted = encryptFileData(aes128, session, tap.counter, data)
  const macInput = mirrorDigits(encrypted)
  const mirror = {
    identity: { piccData: encryptPiccData(aes128, KEY, tap, new Uint8Array(5)) },
    mac: mirrorMac(aes128, session, macInput),
    macInput,
    encrypted,
  }
  const tapped = verifyMirror(aes128, { meta: KEY, file: () => KEY }, mirror)
  t.match(tapped, { counter: tap.counter })
  t.equal(toText(tapped?.fileData ?? KEY), 'sixteen bytes ..')
})

t.test('an address proves which card was tapped and how often', async (t) => {
  const keys = { file: (uid: Uint8Array) => (toHex(uid) === toHex(UID) ? KEY : new Uint8Array(16)) }
  for (const counter of [1, 61, 0xff_ff_ff]) {
    const mirror = parseMirrorAddress(addressAt(counter))
    t.match(mirror && verifyMirror(aes128, keys, mirror), { counter })
  }
  const forged = parseMirrorAddress(addressAt(5, new Uint8Array(16)))
  t.equal(forged && verifyMirror(aes128, keys, forged), undefined)
  const advanced = parseMirrorAddress(addressAt(5).replace('000005', '000006'))
  t.equal(advanced && verifyMirror(aes128, keys, advanced), undefined)
})

t.test('an address of any other form has no mirror', async (t) => {
  const address = addressAt(7)
  for (let cut = 0; cut < address.length; cut++) {
    t.equal(parseMirrorAddress(address.slice(0, cut)), undefined)
  }
  t.equal(parseMirrorAddress(address.toLowerCase()), undefined)
  t.equal(parseMirrorAddress(address.replace('https', 'http')), undefined)
  t.equal(parseMirrorAddress(`${address}0`)?.mac.length, 8, 'the digits count from the end')
  fc.assert(
    fc.property(fc.string({ maxLength: 100 }), (text) => parseMirrorAddress(text) === undefined),
  )
})

t.test('the longest address leaves the card file its place', async (t) => {
  const { uri, settings } = planMirror('x'.repeat(MAX_MIRROR_HOST_BYTES))
  const file = encodeCardFile({ uri, credential: new Uint8Array(160) })
  t.ok(file.length <= 255)
  const { uidOffset = 0, counterOffset = 0, macOffset = 0 } = settings
  t.equal(toText(file.slice(uidOffset, macOffset + 16)), '0'.repeat(36))
  t.equal(toText(file.slice(uidOffset - 2, uidOffset)), 'xx')
  t.equal(counterOffset - uidOffset, 14)
  for (const host of ['', 'x'.repeat(MAX_MIRROR_HOST_BYTES + 1)]) {
    t.throws(() => planMirror(host), { code: 'call.card-file' })
  }
})
