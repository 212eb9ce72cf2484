import t from 'tap'
import { createWaitingList } from '../../../firmware/relay/waiting-list.ts'

t.test('what weighs little goes first; what is gone or new is seen at once', async (t) => {
  const list = createWaitingList()
  const row = { queued: 1000, type: 'x', isSealed: false, body: new Uint8Array() }
  const order = () => list.inOrder.map(({ record }) => record)
  list.set('b', { ...row, order: 2, priority: 9 })
  list.set('c', { ...row, order: 3, priority: 0 })
  list.set('a', { ...row, order: 1, priority: 9 })
  t.same(order(), ['c', 'a', 'b'])
  list.delete('c')
  t.same(order(), ['a', 'b'])
  list.set('d', { ...row, order: 4 })
  t.same(order(), ['d', 'a', 'b'], 'small, so first, also where no priority was written')
  t.equal(list.has('d'), true)
  t.equal(list.has('c'), false)
})
