import t from 'tap'
import { encodeIrisImageRecord } from '../../../biometrics/image/iso-19794-6-write.ts'

const IMAGE = { width: 2, height: 1, pixels: Uint8Array.of(7, 8) }

t.test('a record has 1 to 16 images', async (t) => {
  const images = Array.from({ length: 17 }, () => ({ image: IMAGE, kind: 'vga' as const }))
  t.throws(() => encodeIrisImageRecord([]), { code: 'call.iris-images' })
  t.throws(() => encodeIrisImageRecord(images), { code: 'call.iris-images' })
  t.equal(encodeIrisImageRecord(images.slice(1)).length, 16 + 16 * (52 + 2))
})

t.test('a fact that does not fit its field is not written', async (t) => {
  const facts = { image: IMAGE, kind: 'vga' } as const
  t.throws(() => encodeIrisImageRecord([{ ...facts, rangeMm: 70_000 }]), { code: 'call.field' })
  const quality = [{ score: 300, vendor: 0, algorithm: 0 }]
  t.throws(() => encodeIrisImageRecord([{ ...facts, quality }]), { code: 'call.field' })
})
