import t from 'tap'
import { groupImages, imageSource } from '../../../hardware/orb/image-source.ts'

const grey = (level: number) => ({ width: 2, height: 1, pixels: new Uint8Array(2).fill(level) })
const ask = (eye: 'left' | 'right', sequence: number) => ({
  eye,
  sequence,
  illumination: 3,
  headUs: 0,
})

t.test('the images of a subject come round and round, each eye by itself', async (t) => {
  const subjects = groupImages([
    { subject: '001', eye: 'left', image: grey(1) },
    { subject: '002', eye: 'left', image: grey(9) },
    { subject: '001', eye: 'left', image: grey(2) },
    { subject: '001', eye: 'right', image: grey(5) },
  ])
  t.same([...subjects.keys()], ['001', '002'])
  const source = imageSource(subjects.get('001') ?? { left: [], right: [] })
  t.equal(source(ask('right', 0))?.pixels[0], 5)
})

/** The grey levels of so many frames of the left eye. */
function levelsOf(levels: readonly number[], visit: number, frames: number): readonly unknown[] {
  const source = imageSource({ left: levels.map(grey), right: [] }, visit)
  return Array.from({ length: frames }, (_, i) => source(ask('left', i))?.pixels[0])
}

t.test('each image is held for some frames, and a capture goes on where one ended', async (t) => {
  t.same(levelsOf([1, 2, 3, 4], 0, 8), [1, 1, 1, 3, 3, 3, 1, 1])
})

t.test('two visits that follow each other share no image where there are two', async (t) => {
  t.same(new Set(levelsOf([1, 2, 3, 4, 5], 0, 20)), new Set([1, 3, 5]))
  t.same(new Set(levelsOf([1, 2, 3, 4, 5], 1, 20)), new Set([2, 4]))
  t.same(new Set(levelsOf([7], 1, 5)), new Set([7]))
  t.same(levelsOf([], 1, 2), [undefined, undefined], 'an eye without images is not there')
})

t.test('an image whose pixels do not fill it is refused by name', async (t) => {
  const image = { width: 2, height: 2, pixels: new Uint8Array(3) }
  t.throws(() => groupImages([{ subject: '7', eye: 'left', image }]), {
    code: 'call.orb-image',
    message: 'an image of subject 7 has 3 pixels, not 2 x 2',
  })
})
