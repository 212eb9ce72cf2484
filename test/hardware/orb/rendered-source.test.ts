import t from 'tap'
import { createEyeRenderer, type EyeRequest } from '../../../hardware/orb/eye-renderer/renderer.ts'
import { renderedSource } from '../../../hardware/orb/rendered-source.ts'

/** Notes what would be drawn; the drawing has tests of its own. */
function noted() {
  const renderer = createEyeRenderer()
  const requests: EyeRequest[] = []
  const render = (request: EyeRequest) => {
    requests.push(request)
    return { width: 1, height: 1, pixels: new Uint8Array(1) }
  }
  return { renderer: { ...renderer, render }, requests }
}

t.test('a visit starts out of focus and is mostly good after that', async (t) => {
  const { renderer, requests } = noted()
  const source = renderedSource(renderer, { person: 4, visit: 1 })
  for (let sequence = 0; sequence < 60; sequence++) {
    source({ eye: 'left', sequence, illumination: sequence % 2, headUs: 0 })
  }
  t.ok(requests.slice(0, 2).every(({ capture }) => capture.blurPx > 2.5))
  const sharp = requests
    .slice(2)
    .filter(({ capture }) => capture.blurPx < 2 && capture.opening > 0.6)
  t.ok(sharp.length > 46 && sharp.length < 58, `${sharp.length} of 58 sharp and open`)
  t.ok(requests.every(({ person, eye }) => person === 4 && eye === 'left'))
  t.same(
    requests.slice(0, 4).map(({ capture }) => capture.illumination),
    [0, 1, 0, 1],
  )
})

t.test('frames of a visit are alike in pose; visits, eyes and persons are not', async (t) => {
  const poseOf = (person: number, visit: number, eye: 'left' | 'right', sequence: number) => {
    const { renderer, requests } = noted()
    renderedSource(renderer, { person, visit })({ eye, sequence, illumination: 3, headUs: 0 })
    const { roll = 0, reliefSeed = 0 } = requests[0]?.capture ?? {}
    return `${roll} ${reliefSeed}`
  }
  t.equal(poseOf(1, 1, 'left', 3), poseOf(1, 1, 'left', 30))
  const poses = [poseOf(1, 1, 'left', 3), poseOf(1, 2, 'left', 3)]
  poses.push(poseOf(1, 1, 'right', 3), poseOf(2, 1, 'left', 3))
  t.equal(new Set(poses).size, 4)
})

t.test('the camera sees a picture of the asked size', async (t) => {
  const source = renderedSource(createEyeRenderer(), { person: 1, visit: 1, width: 640 })
  t.match(source({ eye: 'right', sequence: 5, illumination: 3, headUs: 0 }), {
    width: 640,
    height: 480,
  })
})
