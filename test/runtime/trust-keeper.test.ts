import t from 'tap'
import { parseDistrictPath } from '../../protocol/district.ts'
import { verifyMessage } from '../../protocol/secp256k1.ts'
import { type RootSet, signTrustList } from '../../protocol/trust-list.ts'
import type { Change, Store } from '../../runtime/store.ts'
import { openTrustKeeper } from '../../runtime/trust-keeper.ts'
import {
  ALDER,
  BIRCH,
  demoRootSigners,
  demoRoots,
  demoSigner,
  demoTrustBody,
  demoTrustList,
} from '../kit/demo-trust.ts'
import { openTemporaryStore } from '../kit/temporary-store.ts'

/** The list of that version; odd versions name one district, even ones two. */
function list(version: number): Uint8Array {
  return demoTrustList(demoTrustBody(version % 2 === 1 ? [ALDER] : [ALDER, BIRCH], version))
}

function open(store: Store, provisioned: Uint8Array, allowDemo = true, roots = demoRoots()) {
  return openTrustKeeper({ store, roots, provisioned, allowDemo, verify: verifyMessage })
}

t.test('a newer list is taken, kept, and is there after a restart', async (t) => {
  const temporary = await openTemporaryStore(t)
  const keeper = await open(temporary.store, list(1))
  t.equal(keeper.current.version, 1)
  t.equal(await keeper.offer(list(2)), true)
  t.equal(keeper.current.version, 2)
  t.same(keeper.bytes, list(2))
  const again = await open(await temporary.restart(), list(1))
  t.equal(again.current.version, 2)
  t.same(again.bytes, list(2))
})

t.test('an older list, or the same again, changes nothing', async (t) => {
  const temporary = await openTemporaryStore(t)
  const keeper = await open(temporary.store, list(3))
  t.equal(await keeper.offer(list(2)), false)
  t.equal(await keeper.offer(list(3)), false)
  const [root] = demoRootSigners()
  const other = { ...demoTrustBody([ALDER, BIRCH], 3) }
  t.equal(root && (await keeper.offer(signTrustList(other, [root]))), false, 'two of one version')
  t.same(keeper.current.districts, [ALDER])
  t.equal((await open(await temporary.restart(), list(3))).current.version, 3)
})

t.test('a list that came with the machine is no way back either', async (t) => {
  const temporary = await openTemporaryStore(t)
  await open(temporary.store, list(5))
  t.equal((await open(await temporary.restart(), list(4))).current.version, 5)
  t.equal((await open(await temporary.restart(), list(6))).current.version, 6)
})

t.test('a list that the roots did not sign is an error, and the old one stays', async (t) => {
  const { store } = await openTemporaryStore(t)
  const keeper = await open(store, list(1))
  const forged = signTrustList(demoTrustBody([ALDER], 9), [demoSigner('stranger', 'delegation')])
  await t.rejects(keeper.offer(forged), { code: 'bytes.trust' })
  await t.rejects(keeper.offer(Uint8Array.of(1)), { code: 'bytes.trust' })
  await t.rejects(keeper.offer(new Uint8Array()), { code: 'bytes.cbor' })
  t.equal(keeper.current.version, 1)
  t.equal(await keeper.offer(list(2)), true, 'a refused offer stops no later one')
})

t.test('of two lists offered at once the newer one rests in the store', async (t) => {
  const temporary = await openTemporaryStore(t)
  const keeper = await open(temporary.store, list(1))
  const taken = await Promise.all([keeper.offer(list(3)), keeper.offer(list(2))])
  t.same(taken, [true, false])
  t.equal(keeper.current.version, 3)
  t.equal((await open(await temporary.restart(), list(1))).current.version, 3)
})

t.test('a list that could not be kept is not in force', async (t) => {
  const { store } = await openTemporaryStore(t)
  let isFull = false
  const failing: Store = {
    ...store,
    get: (table, key) => store.get(table, key),
    range: (table, range) => store.range(table, range),
    commit: (change: Change) =>
      isFull ? Promise.reject(new Error('disk full')) : store.commit(change),
    close: async () => undefined,
  }
  const keeper = await open(failing, list(1))
  isFull = true
  await t.rejects(keeper.offer(list(2)), { message: 'disk full' })
  t.equal(keeper.current.version, 1)
  isFull = false
  t.equal(await keeper.offer(list(2)), true)
})

t.test('the caller’s buffer may change while an offer is waiting', async (t) => {
  const { store } = await openTemporaryStore(t)
  const keeper = await open(store, list(1))
  const received = list(2)
  const offered = keeper.offer(received)
  received.fill(0)
  t.equal(await offered, true)
})

t.test('a production station refuses a demonstration root, and says what to do', async (t) => {
  const { store } = await openTemporaryStore(t)
  await t.rejects(open(store, list(1), false), {
    code: 'config.demo-trust',
    message: /demo = true/,
  })
  const roots: RootSet = { ...demoRoots(), path: parseDistrictPath('north') }
  await t.rejects(open(store, list(1), false, roots), { code: 'bytes.trust' })
})
