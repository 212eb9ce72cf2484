import fc from 'fast-check'
import t from 'tap'
import { concat, fromText, toHex } from '../../protocol/bytes.ts'
import { type CborTag, type CborValue, decodeCbor, encodeCbor } from '../../protocol/cbor.ts'
import { kidOf } from '../../protocol/cose-key.ts'
import { openSealed, type RandomBytes, sealedFor, sealTo } from '../../protocol/seal.ts'
import { randomBytes } from '../../runtime/crypto.ts'
import { nodeAead } from '../../runtime/messenger.ts'
import { ALDER, BIRCH, demoKey, demoPublicKey } from '../kit/demo-trust.ts'
import { acceptedCuts, acceptedFlips, feedNoise, isRefused } from '../kit/parsers.ts'

const PRIVATE = demoKey(ALDER, 'seal')
const { publicKey: PUBLIC } = demoPublicKey(ALDER, 'seal')
const BODY = fromText('an iris template')
const AAD = fromText('who to whom')
const SEALED = sealTo(PUBLIC, BODY, AAD, nodeAead, randomBytes)

const open = (bytes: Uint8Array, key = PRIVATE, aad = AAD) => openSealed(key, bytes, aad, nodeAead)

t.test('what is sealed to a key opens with it, whatever its length', async (t) => {
  t.same(open(SEALED), BODY)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (body) => {
      const opened = open(sealTo(PUBLIC, body, AAD, nodeAead, randomBytes))
      return opened !== undefined && toHex(opened) === toHex(body)
    }),
    { numRuns: 20 },
  )
  t.equal(sealedFor(SEALED), kidOf(PUBLIC))
})

t.test('each sealing is new', async (t) => {
  t.not(toHex(sealTo(PUBLIC, BODY, AAD, nodeAead, randomBytes)), toHex(SEALED))
})

t.test('another recipient, or another binding, opens nothing', async (t) => {
  t.equal(open(SEALED, demoKey(BIRCH, 'seal')), undefined)
  t.equal(open(SEALED, demoKey(ALDER, 'relay')), undefined)
  t.equal(open(SEALED, PRIVATE, fromText('who to another')), undefined)
  t.equal(open(SEALED, PRIVATE, new Uint8Array()), undefined)
})

t.test(
  'each bit counts: headers, key identifier, ephemeral key and its sign, nonce, body',
  async (t) => {
    t.same(
      acceptedFlips(SEALED, (bytes) => open(bytes)),
      [],
    )
  },
)

t.test('no byte may be missing or left over, and noise is refused', async (t) => {
  t.same(
    acceptedCuts(SEALED, (bytes) => open(bytes)),
    [],
  )
  t.ok(isRefused(() => open(concat(SEALED, Uint8Array.of(0)))))
  feedNoise(open)
  feedNoise(sealedFor)
})

t.test('a sealed body has one form: nothing may be added around the ciphertext', async (t) => {
  const parts = (decodeCbor(SEALED) as CborTag).value as readonly CborValue[]
  const [header, unprotected, body, recipients] = parts
  const [[recipientHeader, info, empty]] = recipients as unknown as [
    [CborValue, Map<number, CborValue>, CborValue],
  ]
  if (header === undefined || unprotected === undefined || body === undefined)
    throw new Error('no parts')
  const point = info.get(-1) as Map<number, CborValue>
  const made = (...value: CborValue[]) => encodeCbor({ tag: 96, value })
  const nonced = unprotected as Map<number, CborValue>
  const recipient = [recipientHeader, info, empty] as const
  t.same(open(made(header, unprotected, body, [recipient])), BODY)
  const wrong: readonly [string, Uint8Array][] = [
    ['another algorithm', made(encodeCbor(new Map([[1, 1]])), unprotected, body, [recipient])],
    ['no header', made(new Uint8Array(), unprotected, body, [recipient])],
    [
      'one more header',
      made(header, new Map([...nonced, [4, new Uint8Array(8)]]), body, [recipient]),
    ],
    ['a nonce of 13 bytes', made(header, new Map([[5, new Uint8Array(13)]]), body, [recipient])],
    ['two recipients', made(header, unprotected, body, [recipient, recipient])],
    ['no recipient', made(header, unprotected, body, [])],
    [
      'another key agreement',
      made(header, unprotected, body, [[encodeCbor(new Map([[1, -26]])), info, empty]]),
    ],
    [
      'a wrapped key',
      made(header, unprotected, body, [[recipientHeader, info, new Uint8Array(8)]]),
    ],
    [
      'one more recipient header',
      made(header, unprotected, body, [[recipientHeader, new Map([...info, [9, 0]]), empty]]),
    ],
    [
      'another curve',
      made(header, unprotected, body, [
        [recipientHeader, new Map([...info, [-1, new Map([...point, [-1, 1]])]]), empty],
      ]),
    ],
    [
      'a short x',
      made(header, unprotected, body, [
        [
          recipientHeader,
          new Map([...info, [-1, new Map([...point, [-2, new Uint8Array(31)]])]]),
          empty,
        ],
      ]),
    ],
    [
      'y itself',
      made(header, unprotected, body, [
        [
          recipientHeader,
          new Map([...info, [-1, new Map([...point, [-3, new Uint8Array(32)]])]]),
          empty,
        ],
      ]),
    ],
    ['a fifth part', made(header, unprotected, body, [recipient], null)],
    ['no ciphertext', made(header, unprotected, null, [recipient])],
    ['no tag', encodeCbor(parts)],
  ]
  for (const [what, bytes] of wrong) {
    t.throws(() => open(bytes), { code: 'bytes.seal' }, what)
  }
  const offCurve = new Map([...point, [-2, concat(new Uint8Array(31), Uint8Array.of(5))] as const])
  t.throws(
    () =>
      open(
        made(header, unprotected, body, [
          [recipientHeader, new Map([...info, [-1, offCurve]]), empty],
        ]),
      ),
    {
      code: 'bytes.public-key',
    },
  )
})

t.test('both signs of the ephemeral key seal and open', async (t) => {
  const signs = new Set<boolean>()
  for (let i = 1; i <= 8; i++) {
    const fixed: RandomBytes = (length) => new Uint8Array(length).fill(i)
    const sealed = sealTo(PUBLIC, BODY, AAD, nodeAead, fixed)
    const parts = (decodeCbor(sealed) as CborTag).value as readonly CborValue[]
    const [[, info]] = parts[3] as unknown as [[CborValue, Map<number, Map<number, boolean>>]]
    signs.add(info.get(-1)?.get(-3) === true)
    t.same(open(sealed), BODY)
  }
  t.equal(signs.size, 2)
})
