import t from 'tap'
import { BiometricBytes } from '../../protocol/biometric.ts'
import {
  type BiometricReference,
  irisReference,
  packBiometricReference,
} from '../../protocol/biometric-reference.ts'
import { type Gallery, openGallery } from '../../runtime/gallery.ts'
import type { Store } from '../../runtime/store.ts'
import { randomTemplate, turned, withFlippedBits } from '../kit/iris-codes.ts'
import { openTemporaryStore } from '../kit/temporary-store.ts'

/** Two eyes of person `n`; `noise` of 1000 bits differ from her enrolment. */
function eyes(n: number, noise = 0): readonly BiometricReference[] {
  const seen = (seed: number) => withFlippedBits(turned(randomTemplate(seed), 3), noise, seed + 7)
  return [irisReference('left', seen(2 * n), 80), irisReference('right', seen(2 * n + 1), 80)]
}

async function enrol(gallery: Gallery, store: Store, handle: string, n: number): Promise<void> {
  await store.commit({ writes: gallery.writes(handle, eyes(n)) })
  gallery.admit(handle, eyes(n))
}

const ALL = { mode: 'exact', deadlineMs: 60_000 } as const

t.test('a person enrolled before is a candidate, a stranger is not', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await openGallery(store)
  for (let n = 1; n <= 4; n++) await enrol(gallery, store, `p${n}`, n)
  const known = await gallery.query(eyes(3, 150), ALL)
  t.same(
    known.candidates.map(({ handle }) => handle),
    ['p3'],
  )
  t.same(known.coverage, { searched: 4, known: 4 })
  t.same(known.undecided, [])
  t.same((await gallery.query(eyes(9), ALL)).candidates, [])
})

t.test('the best candidate comes first', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await openGallery(store)
  gallery.admit('far', eyes(1, 200))
  gallery.admit('near', eyes(1, 50))
  gallery.admit('also-far', eyes(1, 200))
  const { candidates } = await gallery.query(eyes(1), ALL)
  t.same(
    candidates.map(({ handle }) => handle),
    ['near', 'also-far', 'far'],
  )
})

t.test('everyone is there again after a restart', async (t) => {
  const temporary = await openTemporaryStore(t)
  const gallery = await openGallery(temporary.store)
  await enrol(gallery, temporary.store, 'p1', 1)
  await enrol(gallery, temporary.store, 'p2', 2)
  const kept = await gallery.references('p1')
  t.same(kept?.map(packBiometricReference), eyes(1).map(packBiometricReference))
  t.equal(await gallery.references('p3'), undefined)
  await temporary.store.commit({ writes: gallery.erase('p1') })
  t.equal(await gallery.references('p1'), undefined)
  t.equal(gallery.size, 1)
  const again = await openGallery(await temporary.restart())
  t.equal(again.size, 1)
  t.same((await again.query(eyes(1), ALL)).candidates, [])
  t.equal((await again.query(eyes(2), ALL)).candidates[0]?.handle, 'p2')
})

t.test('the same handle twice is one person', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await openGallery(store)
  gallery.admit('p1', eyes(1))
  gallery.admit('p1', eyes(2))
  t.equal(gallery.size, 1)
  t.same((await gallery.query(eyes(1), ALL)).candidates, [])
})

t.test('whom it could not compare is said, not passed over', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await openGallery(store)
  gallery.admit('no-eyes', [])
  gallery.admit('p1', eyes(1))
  const { undecided, candidates, coverage } = await gallery.query(eyes(1), ALL)
  t.same(undecided, ['no-eyes'])
  t.equal(candidates.length, 1)
  t.same(coverage, { searched: 2, known: 2 })
})

t.test('at the deadline it answers with the coverage that it has', async (t) => {
  const { store } = await openTemporaryStore(t)
  let nowMs = 0
  const gallery = await openGallery(store, { nowMs: () => nowMs++ })
  for (let n = 0; n < 1100; n++) gallery.admit(`p${n}`, [])
  const one = await gallery.query([], { mode: 'fast', deadlineMs: 2 })
  t.same(one.coverage, { searched: 1024, known: 1100 })
  t.same((await gallery.query([], { mode: 'fast', deadlineMs: 0 })).coverage.searched, 0)
  const signal = AbortSignal.abort()
  t.same((await gallery.query([], { ...ALL, signal })).coverage, { searched: 0, known: 1100 })
})

t.test('a template that cannot be read is refused before it is durable', async (t) => {
  const { store } = await openTemporaryStore(t)
  const gallery = await openGallery(store)
  const [left] = eyes(1)
  if (left === undefined) throw new Error('no eye')
  const broken = [{ ...left, bytes: new BiometricBytes(new Uint8Array(9)) }]
  t.throws(() => gallery.writes('p1', broken), { code: /^bytes\./ })
  t.throws(() => gallery.admit('p1', broken), { code: /^bytes\./ })
  t.equal(gallery.size, 0)
})
