import t from 'tap'
import { withIrisBackend } from '../../../biometrics/iris/kernel.ts'
import { type GoldenEye, goldenEyes } from '../../kit/golden-eyes.ts'
import { noKernel } from '../../kit/iris-backends.ts'
import { readVectors } from '../../kit/vectors.ts'

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

for (const backend of ['simd', 'typescript'] as const) {
  const skip = backend === 'simd' && noKernel()
  t.test(`each machine makes the same template, to the bit: ${backend}`, { skip }, async (t) => {
    const { eyes } = readVectors<{ readonly eyes: readonly GoldenEye[] }>('iris-golden.json')
    const made = withIrisBackend(backend, goldenEyes)
    t.equal(made.length, eyes.length)
    eyes.forEach((golden, i) => {
      // Other pixels say that the renderer is another one, not that the encoder is.
      t.equal(made[i]?.image, golden.image, `pixels of person ${golden.person}`)
      t.equal(made[i]?.template, golden.template, `template of person ${golden.person}`)
      t.not(golden.template, EMPTY, 'a template there is')
    })
  })
}
