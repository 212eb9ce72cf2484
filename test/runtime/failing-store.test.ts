import t from 'tap'
import { fromText } from '../../protocol/bytes.ts'
import { createFailingStore } from './failing-store.ts'
import { openStore } from './lmdb-opener.ts'

for (const when of ['before', 'after'] as const) {
  t.test(
    `a store that dies ${when} its second commit is durable has ${when === 'after' ? 'two' : 'one'}`,
    async (t) => {
      const folder = t.testdir()
      const failing = createFailingStore(await openStore(folder), { at: 2, when })
      const put = (key: string) => ({ writes: [{ table: 't', key, value: fromText(key) }] })
      t.equal(await failing.commit(put('a')), true)
      await t.rejects(failing.commit(put('b')), { code: 'store.failed' })
      await t.rejects(failing.commit(put('c')), { code: 'store.failed' })
      await t.rejects(failing.get('t', 'a'), { code: 'store.failed' })
      await t.rejects(failing.range('t'), { code: 'store.failed' })
      t.equal(failing.commits, 2)
      await failing.close()
      const restarted = await openStore(folder)
      const keys = (await restarted.range('t')).map(({ key }) => key)
      t.same(keys, when === 'after' ? ['a', 'b'] : ['a'])
      await restarted.close()
    },
  )
}
