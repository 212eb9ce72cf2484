import fc from 'fast-check'
import t from 'tap'
import { PersonhoodError } from '../../../protocol/errors.ts'
import {
  decodeHead,
  decodeSlab,
  decodeStart,
  decodeTail,
  encodeHead,
  encodeSlab,
  encodeStart,
  encodeTail,
  openPart,
  partLength,
  sealPart,
} from '../../../runtime/gallery/snapshot-format.ts'

const key = new Uint8Array(32).fill(3)
const id = new Uint8Array(16).fill(7)
const ROWS = 4
const slab = {
  handles: {
    held: Uint8Array.of(1, 2, 0, 1),
    ids: new Uint8Array(16 * ROWS).fill(9),
    texts: [[1, 'a handle of another form']] as const,
  },
  sketches: [96, 64, 24, 96, 64, 24].map((bytes, i) => new Uint8Array(bytes * ROWS).fill(i)),
}
const READERS: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['start', encodeStart(id), decodeStart],
  ['head', encodeHead({ persons: 3, slabRows: ROWS, slabs: 1 }), decodeHead],
  ['slab', encodeSlab(slab), (bytes) => decodeSlab(bytes, ROWS)],
  ['tail', encodeTail(['one', 'zwei']), decodeTail],
]

t.test('what is encoded is decoded', async (t) => {
  t.same(decodeStart(encodeStart(id)), id)
  const head = { persons: 5, slabRows: 1024, slabs: 2 }
  t.same(decodeHead(encodeHead(head)), head)
  t.same(decodeSlab(encodeSlab(slab), ROWS), slab)
  t.same(decodeTail(encodeTail(['one', 'zwei'])), ['one', 'zwei'])
})

t.test('cut anywhere, or longer by a byte, it is refused', async (t) => {
  for (const [name, bytes, decode] of READERS) {
    const refused = (part: Uint8Array) => {
      try {
        decode(part)
        return false
      } catch (error) {
        return error instanceof PersonhoodError && error.code.startsWith('bytes.')
      }
    }
    const cuts = Array.from({ length: bytes.length }, (_, length) => bytes.subarray(0, length))
    t.ok(cuts.every(refused), `${name}, cut at each byte`)
    t.ok(refused(Uint8Array.of(...bytes, 0)), `${name}, a byte more`)
  }
})

t.test('noise is refused, or read within its bounds', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      for (const decode of [decodeStart, decodeHead, decodeTail, partLength]) {
        try {
          decode(bytes)
        } catch (error) {
          if (!(error instanceof PersonhoodError)) return false
        }
      }
      return true
    }),
  )
})

t.test(
  'a part opens as the kind, in the place and in the snapshot that it was sealed for',
  async (t) => {
    const plain = Uint8Array.of(1, 2, 3)
    const part = sealPart(key, id, 'slab', 5, plain)
    t.equal(partLength(part.subarray(0, 4)), part.length - 4)
    const sealed = part.subarray(4)
    t.same(openPart(key, id, 'slab', 5, sealed), plain)
    const other = id.map((byte) => byte + 1)
    for (const open of [
      () => openPart(key, id, 'slab', 6, sealed),
      () => openPart(key, id, 'tail', 5, sealed),
      () => openPart(key, other, 'slab', 5, sealed),
      () => openPart(new Uint8Array(32), id, 'slab', 5, sealed),
      () => openPart(key, id, 'slab', 5, sealed.subarray(1)),
    ]) {
      t.throws(open, { code: 'bytes.gallery-snapshot' })
    }
  },
)
