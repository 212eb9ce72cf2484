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
  const levels = [0, 1, 0, 1].map((sequence) => source(ask('left', sequence))?.pixels[0])
  t.same(levels, [1, 2, 1, 2])
  t.equal(source(ask('right', 0))?.pixels[0], 5)
})

t.test('a second capture goes on where the first one ended', async (t) => {
  const source = imageSource({ left: [grey(1), grey(2), grey(3)], right: [] })
  t.equal(source(ask('left', 0))?.pixels[0], 1)
  t.equal(source(ask('left', 0))?.pixels[0], 2)
  t.equal(source(ask('right', 0)), undefined, 'an eye without images is not there')
})

t.test('an image whose pixels do not fill it is refused by name', async (t) => {
  const image = { width: 2, height: 2, pixels: new Uint8Array(3) }
  t.throws(() => groupImages([{ subject: '7', eye: 'left', image }]), {
    code: 'call.orb-image',
    message: 'an image of subject 7 has 3 pixels, not 2 x 2',
  })
})
