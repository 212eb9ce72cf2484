import t from 'tap'
import { encodeRing, encodeSound } from '../../../hardware/panel/messages.ts'
import { progressSign, SIGNS, type SignName } from '../../../hardware/panel/signs.ts'

const names = Object.keys(SIGNS) as SignName[]

t.test('the panel can show and sound every sign', async (t) => {
  for (const name of names) {
    t.equal(encodeRing(SIGNS[name].ring).length, 7, name)
    t.ok(encodeSound(SIGNS[name].notes).length <= 36, name)
  }
})

t.test('no two signs look alike', async (t) => {
  const looks = names.map((name) => JSON.stringify(SIGNS[name].ring))
  t.equal(new Set(looks).size, names.length)
})

t.test('the outcomes of a tap differ without colour, and without light', async (t) => {
  const outcomes = [SIGNS.go, SIGNS.stop, SIGNS.again, SIGNS.oneCard]
  t.equal(new Set(outcomes.map(({ ring }) => ring.pattern)).size, 4)
  const rhythms = outcomes.map(({ notes }) => JSON.stringify(notes.map(({ ms }) => ms)))
  t.equal(new Set(rhythms).size, 4)
  t.ok(outcomes.every(({ notes }) => notes.some(({ hertz }) => hertz > 0)))
})

t.test('progress lights so much of the ring, whatever it is asked', async (t) => {
  const levels = [-1, 0, 0.5, 1, 7].map((share) => progressSign(share).ring.level)
  t.same(levels, [0, 0, 12, 24, 24])
})
