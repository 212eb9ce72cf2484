import fc from 'fast-check'
import t from 'tap'
import { NO_CARDS, type PresenceState, presenceMachine } from '../../../firmware/tap/presence.ts'

/** Effects of a row of polls, as short words. */
function play(polls: readonly (readonly string[])[], from: PresenceState = NO_CARDS): string[] {
  let state = from
  return polls.flatMap((uids) => {
    const step = presenceMachine(state, { name: 'polled', uids })
    state = step.state
    return step.effects.map((effect) => (effect.name === 'read' ? effect.uid : effect.name))
  })
}

t.test('a card is answered once until it is lifted', async (t) => {
  t.same(play([['a'], ['a'], ['a']]), ['a'])
  t.same(play([['a'], [], ['a']]), ['a'], 'missed once is read badly')
  t.same(play([['a'], [], [], ['a']]), ['a', 'a'], 'missed twice is lifted')
  t.same(play([['a'], ['b']]), ['a', 'b'], 'another card in its place')
})

t.test('two cards are told once, and then the one that stays', async (t) => {
  t.same(play([['a', 'b'], ['a', 'b'], ['b']]), ['several', 'b'])
  t.same(play([['a'], ['a', 'b'], ['a']]), ['a', 'several'], 'it has had its answer')
  t.same(play([['a', 'b'], [], [], ['a', 'b']]), ['several', 'several'])
})

t.test('what an enrolment has left on the reader is not read before it is lifted', async (t) => {
  const { state, effects } = presenceMachine(NO_CARDS, { name: 'used', uids: ['a'] })
  t.same(effects, [])
  t.same(play([['a'], ['a']], state), [])
  t.same(play([['a'], [], [], ['a']], state), ['a'])
  t.same(play([['b']], state), ['b'])
})

t.test('between two readings of one card there is another card or a lift', async (t) => {
  const poll = fc.constantFrom<string[]>([], ['a'], ['b'], ['a', 'b'])
  // Runs of polls in which nothing but this card, or nothing for one poll, is seen: one reading at most.
  const run = fc.array(fc.constantFrom<string[][]>([['a']], [['a'], [], ['a']]), { maxLength: 20 })
  fc.assert(fc.property(run, (runs) => play([['a'], ...runs.flat()]).length === 1))
  fc.assert(
    fc.property(fc.array(poll, { maxLength: 60 }), (polls) => {
      const readings = play(polls).filter((word) => word !== 'several').length
      const changes = polls.filter((uids, i) => uids.join() !== polls[i - 1]?.join()).length
      return readings <= changes
    }),
  )
  t.pass()
})
