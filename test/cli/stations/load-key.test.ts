import t from 'tap'
import { loadKey } from '../../../cli/stations/load-key.ts'
import type { KeyStore } from '../../../runtime/key-store.ts'

const keys = {
  rung: 'file',
  load: async (name: string) => (name === 'store' ? Uint8Array.of(1) : undefined),
} as unknown as KeyStore

t.test('a key that is missing is named with its folder and the way out', async (t) => {
  t.same(await loadKey(keys, 'store', '/x'), Uint8Array.of(1))
  await t.rejects(loadKey(keys, 'seal', '/x'), {
    code: 'store.key-missing',
    message: '/x has no seal key: provision it again',
  })
})
