import { createHash } from 'node:crypto'
import t from 'tap'
import { fromText, toHex } from '../../protocol/bytes.ts'
import { LEAF_SALT_BYTES, LEAF_TYPES, type LeafType, leafCommitment } from '../../protocol/leaf.ts'

const SALT = new Uint8Array(LEAF_SALT_BYTES).fill(0x5a)
const CONTENT = fromText('an enrolment')

t.test('a leaf is SHA-256 over label, type and the hash of salt and content', async (t) => {
  const hidden = createHash('sha256').update(SALT).update(CONTENT).digest()
  const expected = createHash('sha256').update('pop-leaf-1').update(Uint8Array.of(1)).update(hidden)
  t.equal(toHex(leafCommitment('enrolment', SALT, CONTENT)), expected.digest('hex'))
})

t.test('type, salt and content each change it', async (t) => {
  const leaves = (Object.keys(LEAF_TYPES) as LeafType[]).map((type) =>
    toHex(leafCommitment(type, SALT, CONTENT)),
  )
  const others = [
    leafCommitment('enrolment', new Uint8Array(LEAF_SALT_BYTES), CONTENT),
    leafCommitment('enrolment', SALT, new Uint8Array()),
  ]
  t.equal(new Set([...leaves, ...others.map(toHex)]).size, leaves.length + 2)
})

t.test('a salt of another length could pass content for salt, so there is none', async (t) => {
  for (const length of [0, 31, 33]) {
    t.throws(() => leafCommitment('enrolment', new Uint8Array(length), CONTENT), {
      code: 'call.salt',
    })
  }
})
