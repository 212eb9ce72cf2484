import fc from 'fast-check'
import t from 'tap'
import {
  Ctap,
  decodeAnswer,
  encodeCommand,
  readInfo,
  readMap,
  Status,
} from '../../../hardware/fido/ctap2.ts'
import { concat, fromHex, toHex } from '../../../protocol/bytes.ts'
import { encodeCbor } from '../../../protocol/cbor.ts'
import { hasCode } from '../../../protocol/errors.ts'

t.test('a command is its code and a canonical map; getInfo has none', async (t) => {
  t.equal(toHex(encodeCommand(Ctap.getInfo, new Map())), '04')
  const parameters = new Map([
    [2, 1],
    [1, 2],
  ])
  t.equal(toHex(encodeCommand(Ctap.clientPin, parameters)), '06a201020201')
})

t.test('a bad status has no map, a good one is canonical', async (t) => {
  t.same(decodeAnswer(Uint8Array.of(Status.pinInvalid)), {
    status: Status.pinInvalid,
    fields: new Map(),
  })
  t.same(decodeAnswer(fromHex('00a10102')).fields, new Map([[1, 2]]))
  t.same(decodeAnswer(Uint8Array.of(0)).fields, new Map())
  for (const wrong of ['', '00a1', '00a2020101', '0001', '00a10102ff', '00bf0102ff']) {
    t.throws(() => decodeAnswer(fromHex(wrong)), { code: 'bytes.fido' }, wrong)
  }
})

const INFO = new Map<number, any>([
  [1, ['FIDO_2_0', 'FIDO_2_1']],
  [2, ['hmac-secret']],
  [3, new Uint8Array(16).fill(7)],
  [
    4,
    new Map([
      ['clientPin', false],
      ['uv', true],
    ]),
  ],
  [5, 1200],
  [6, [2, 1]],
  [7, 20],
])

t.test('what a key can do, and what one of the first generation leaves unsaid', async (t) => {
  t.match(readInfo(INFO), {
    versions: ['FIDO_2_0', 'FIDO_2_1'],
    extensions: ['hmac-secret'],
    pinProtocols: [2, 1],
    pin: 'unset',
    hasBuiltInVerification: true,
    hasTokens: false,
    maxMessageBytes: 1200,
    maxListed: 20,
  })
  const old = new Map<number, any>([
    [1, ['FIDO_2_0']],
    [3, new Uint8Array(16)],
    [4, new Map([['clientPin', true]])],
  ])
  t.match(readInfo(old), { pin: 'set', pinProtocols: [1], extensions: [] })
  t.match(readInfo(old), { maxMessageBytes: 1024, maxListed: 8 })
  const bare = new Map<number, any>([
    [1, ['FIDO_2_0']],
    [3, new Uint8Array(16)],
  ])
  t.match(readInfo(bare), { pin: 'none', pinProtocols: [] })
})

t.test('fields of another kind are refused', async (t) => {
  for (const [key, value] of [
    [1, 5],
    [3, 'text'],
    [3, new Uint8Array(15)],
    [4, []],
    [6, 1],
  ] as const) {
    t.throws(() => readInfo(new Map([...INFO, [key, value as any]])), { code: 'bytes.fido' })
  }
})

t.test('an answer cut at any byte, and noise, end in bytes.fido or a map', async (t) => {
  const whole = concat(Uint8Array.of(0), encodeCbor(INFO))
  for (let cut = 2; cut < whole.length; cut++) {
    t.throws(() => decodeAnswer(whole.subarray(0, cut)), { code: 'bytes.fido' })
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
      try {
        return readMap(noise) instanceof Map
      } catch (error) {
        return hasCode(error, 'bytes.fido')
      }
    }),
    { numRuns: 2000 },
  )
})
