import t from 'tap'
import { type Kernel, loadKernel } from '../../../biometrics/search/kernel.ts'
import { SLAB_PERSONS } from '../../../biometrics/search/slab-layout.ts'
import { planOf } from '../../../biometrics/search/slab-search.ts'
import { Persons } from '../../../runtime/gallery/persons.ts'
import { handleOf, probeEyes } from '../../kit/gallery-people.ts'
import { turned } from '../../kit/iris-codes.ts'

const simd = await loadKernel('simd')
const eyes = probeEyes(1)

/** A kernel whose memories grow so often and no more. */
function kernelGrowing(kernel: Kernel, times: number): Kernel {
  let left = times
  const bind = ((memory) => {
    const grow = memory.grow.bind(memory)
    memory.grow = (pages) => {
      left--
      if (left < 0) throw new RangeError('WebAssembly.Memory.grow(): Unable to grow')
      return grow(pages)
    }
    return kernel.bind(memory)
  }) as Kernel['bind']
  return { ...kernel, bind } as Kernel
}

t.test('where memory cannot grow, whoever has a row is searched on', async (t) => {
  if (!simd) return t.comment('no SIMD here')
  const persons = new Persons(kernelGrowing(simd, 1), 'lean', 0)
  for (let n = 0; n < SLAB_PERSONS; n++) persons.put(handleOf(n), n === 5 ? eyes : {})
  const late = handleOf(SLAB_PERSONS)
  t.throws(() => persons.put(late, eyes), { code: 'call.search-memory' })
  t.same([persons.size, persons.handles.find(late)], [SLAB_PERSONS, undefined])
  // The first look is at every other turn.
  const seen = { left: turned(eyes.left, 1), right: turned(eyes.right, 1) }
  const probe = { eyes: seen, plan: planOf('fast', SLAB_PERSONS) }
  t.equal(persons.handles.slabs, 1)
  const { likely } = persons.banks.sweep(probe, 0, persons.handles.countIn(0))
  t.same(likely, [5])
})

t.test('a watcher hears of who came, changed, moved and went', (t) => {
  const persons = new Persons(simd, 'lean', 0)
  const heard: [number, string][] = []
  const unwatch = persons.watch((row, handle) => heard.push([row, handle]))
  const [a, b, c] = [handleOf(0), handleOf(1), handleOf(2)]
  for (const handle of [a, b, c, b]) persons.put(handle, {})
  persons.remove(a)
  t.notOk(persons.remove(a), 'she is not there twice')
  t.notOk(persons.compact(2), 'one row was empty')
  t.same(heard, [[0, a], [1, b], [2, c], [1, b], [0, a], [2, c], [0, c]]) // biome-ignore format: one line
  unwatch()
  persons.put(a, {})
  t.equal(heard.length, 7)
  t.end()
})

t.test('while they are held nobody moves', (t) => {
  const persons = new Persons(simd, 'lean', 0)
  for (let n = 0; n < 4; n++) persons.put(handleOf(n), {})
  const release = persons.hold()
  persons.remove(handleOf(0))
  t.notOk(persons.compact(9))
  t.equal(persons.handles.find(handleOf(3)), 3)
  release()
  persons.compact(9)
  t.equal(persons.handles.find(handleOf(3)), 0)
  t.end()
})
