import t from 'tap'
import { createMemoryStore } from '../../kit/memory-store.ts'
import { createMortalStore } from './mortal-store.ts'

t.test(
  'what was committed outlives the process, and nothing is asked of it after its death',
  async (t) => {
    const inner = createMemoryStore()
    const { store, die } = createMortalStore(inner)
    const value = Uint8Array.of(1)
    t.ok(await store.commit({ writes: [{ table: 'a', key: 'b', value }] }))
    die()
    const dead = { code: 'store.failed' }
    await t.rejects(store.get('a', 'b'), dead)
    await t.rejects(store.range('a'), dead)
    await t.rejects(store.commit({ writes: [{ table: 'a', key: 'b', value }] }), dead)
    await store.close()
    t.same(await createMortalStore(inner).store.get('a', 'b'), value)
  },
)
