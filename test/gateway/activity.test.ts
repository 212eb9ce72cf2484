import t from 'tap'
import { createActivity } from '../../gateway/activity.ts'

t.test('idle waits for all that began and for every condition', async (t) => {
  const activity = createActivity()
  let isDone = false
  activity.watch(() => isDone)
  const [endA, endB] = [activity.begin(), activity.begin()]
  let isIdle = false
  void activity.idle().then(() => {
    isIdle = true
  })
  endA()
  endA()
  await Promise.resolve()
  t.notOk(isIdle, 'one end counts once')
  endB()
  await Promise.resolve()
  t.notOk(isIdle, 'the condition does not hold yet')
  isDone = true
  activity.check()
  await Promise.resolve()
  t.ok(isIdle)
  await activity.idle()
})
