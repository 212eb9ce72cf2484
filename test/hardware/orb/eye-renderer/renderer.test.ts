import t from 'tap'
import {
  type CaptureConditions,
  FAIR_WEATHER,
} from '../../../../hardware/orb/eye-renderer/conditions.ts'
import type { Ellipse } from '../../../../hardware/orb/eye-renderer/geometry.ts'
import { createEyeRenderer } from '../../../../hardware/orb/eye-renderer/renderer.ts'
import { equalBytes } from '../../../../protocol/bytes.ts'
import type { GreyImage } from '../../../../protocol/image.ts'

const renderer = createEyeRenderer()
const take = (person: number, capture: Partial<CaptureConditions> = {}) => {
  const request = {
    person,
    eye: 'left' as const,
    capture: { ...FAIR_WEATHER, seed: person, ...capture },
  }
  return { image: renderer.render(request), truth: renderer.truth(request) }
}

const greyAt = ({ width, height, pixels }: GreyImage, x: number, y: number) => {
  const [px, py] = [Math.round(x), Math.round(y)]
  return px >= 0 && py >= 0 && px < width && py < height ? pixels[py * width + px] : undefined
}

/** The place at an angle from the image's +x, so many times as far out as the ellipse. */
const on = ({ x, y, a, b, angle }: Ellipse, direction: number, times: number) => {
  const [cos, sin] = [Math.cos(direction - angle), Math.sin(direction - angle)]
  const [along, across] = [times * a * cos, times * b * sin]
  return {
    x: x + along * Math.cos(angle) - across * Math.sin(angle),
    y: y + along * Math.sin(angle) + across * Math.cos(angle),
  }
}

/** Mean grey level along the sides of an ellipse, where no lid covers it. */
const sideLevel = (image: GreyImage, ellipse: Ellipse, times: number) => {
  const levels: number[] = []
  for (let degrees = -35; degrees <= 35; degrees += 5) {
    for (const turn of [0, 180]) {
      const { x, y } = on(ellipse, ((degrees + turn) * Math.PI) / 180, times)
      const level = greyAt(image, x, y)
      if (level !== undefined) levels.push(level)
    }
  }
  return levels.reduce((sum, level) => sum + level, 0) / levels.length
}

/** The iris unrolled with the true boundaries, its mean taken off ring by ring. */
const unroll = ({ image, truth }: ReturnType<typeof take>) => {
  const values: number[] = []
  for (const share of [0.25, 0.4, 0.55, 0.7]) {
    const ring: number[] = []
    for (let step = 0; step < 96; step++) {
      // The sides only: -40° to 40° about the horizontal, left and right.
      const angle = (((step % 48) * 80) / 48 - 40 + (step < 48 ? 0 : 180)) * (Math.PI / 180)
      const inner = on(truth.pupil, angle, 1)
      const outer = on(truth.limbus, angle, 1)
      const x = inner.x + share * (outer.x - inner.x)
      const y = inner.y + share * (outer.y - inner.y)
      ring.push(greyAt(image, x, y) ?? 0)
    }
    const mean = ring.reduce((sum, value) => sum + value, 0) / ring.length
    values.push(...ring.map((value) => value - mean))
  }
  return values
}

const correlation = (a: number[], b: number[]) => {
  let [ab, aa, bb] = [0, 0, 0]
  a.forEach((value, i) => {
    const other = b[i] ?? 0
    ab += value * other
    aa += value * value
    bb += other * other
  })
  return ab / Math.sqrt(aa * bb)
}

t.test('equal requests give equal pixels, also after the textures were forgotten', async (t) => {
  const small = createEyeRenderer(1)
  const request = { person: 3, eye: 'right' as const, capture: FAIR_WEATHER }
  const first = small.render(request)
  small.render({ ...request, person: 4 })
  t.ok(equalBytes(small.render(request).pixels, first.pixels))
  t.ok(equalBytes(renderer.render(request).pixels, first.pixels))
  t.same([first.width, first.height, first.pixels.length], [320, 240, 76_800])
  for (const other of [
    { ...request, person: 4 },
    { ...request, eye: 'left' as const },
    { ...request, capture: { ...FAIR_WEATHER, seed: 2 } },
  ]) {
    t.notOk(equalBytes(small.render(other).pixels, first.pixels))
  }
})

t.test('dark pupil, grey iris, light sclera, at the boundaries that are said', async (t) => {
  for (let person = 1; person <= 8; person++) {
    const { image, truth } = take(person, {
      roll: 4 * person - 16,
      gazeX: person - 4,
      pupilRatio: 0.28 + 0.03 * person,
      offsetX: 0.02 * person,
    })
    const pupil = sideLevel(image, truth.pupil, 0.85)
    const inner = sideLevel(image, truth.pupil, 1.15)
    const outer = sideLevel(image, truth.limbus, 0.9)
    const sclera = sideLevel(image, truth.limbus, 1.1)
    t.ok(pupil < 40, `pupil ${pupil}`)
    t.ok(inner > 65 && inner < 140, `inner iris ${inner}`)
    t.ok(outer > 65 && outer < 140, `outer iris ${outer}`)
    t.ok(sclera > outer + 20, `sclera ${sclera} against ${outer}`)
    t.ok(Math.abs(truth.pupil.a / truth.limbus.a - (0.28 + 0.03 * person)) < 1e-9)
  }
})

t.test('gaze to the side moves the iris and narrows it', async (t) => {
  const straight = take(1).truth.limbus
  const aside = take(1, { gazeX: 20 }).truth.limbus
  t.ok(Math.abs(aside.x - straight.x - straight.a * 2.03 * Math.sin(Math.PI / 9)) < 1e-6)
  t.ok(Math.abs(aside.b / aside.a - Math.cos(Math.PI / 9)) < 1e-9)
  t.ok(Math.abs(Math.abs(Math.cos(aside.angle)) - 0) < 1e-9, 'the long axis stands upright')
})

t.test("the texture is the eye's: it stays when pupil, pose and light change", async (t) => {
  const poses = [
    {},
    { pupilRatio: 0.52, seed: 77, reliefSeed: 77 },
    { pupilRatio: 0.3, seed: 78, reliefSeed: 78, zoom: 1.05, offsetX: 0.1 },
  ]
  const sheets = [1, 2, 3].map((person) => poses.map((pose) => unroll(take(person, pose))))
  for (const [i, own] of sheets.entries()) {
    for (const sheet of own.slice(1)) {
      t.ok(correlation(own[0] ?? [], sheet) > 0.45, `same ${correlation(own[0] ?? [], sheet)}`)
    }
    for (const other of sheets.slice(i + 1)) {
      const strange = correlation(own[0] ?? [], other[0] ?? [])
      t.ok(Math.abs(strange) < 0.25, `different ${strange}`)
    }
  }
})

t.test('a shut eye hides the pupil, a half-shut one a part of it', async (t) => {
  const dark = (opening: number) =>
    take(5, { opening }).image.pixels.filter((pixel) => pixel < 18).length
  t.ok(dark(0) < 20, `${dark(0)} dark pixels when shut`)
  t.ok(dark(0.45) < dark(1) && dark(1) > 3000, `${dark(0.45)} of ${dark(1)}`)
})

t.test('glints follow the illuminators; without light the frame is dark', async (t) => {
  const { truth } = take(2)
  const bright = (illumination: number, side: -1 | 1) => {
    const { image } = take(2, { illumination })
    const { x, y } = { x: truth.limbus.x + side * 0.11 * truth.limbus.a, y: truth.limbus.y }
    let most = 0
    for (let dy = -10; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) most = Math.max(most, greyAt(image, x + dx, y + dy) ?? 0)
    }
    return most > 200
  }
  t.same([bright(0b01, -1), bright(0b01, 1)], [true, false])
  t.same([bright(0b10, -1), bright(0b10, 1)], [false, true])
  t.same([bright(0b11, -1), bright(0b11, 1)], [true, true])
  const night = take(2, { illumination: 0 }).image.pixels
  t.ok(night.reduce((sum, pixel) => sum + pixel, 0) / night.length < 15)
})

t.test('blur and smear take detail away, noise adds grain', async (t) => {
  const roughness = ({ width, pixels }: GreyImage) => {
    let sum = 0
    for (let i = width + 1; i < pixels.length; i++) {
      sum += Math.abs((pixels[i] ?? 0) - (pixels[i - width - 1] ?? 0))
    }
    return sum / pixels.length
  }
  const plain = roughness(take(6).image)
  t.ok(roughness(take(6, { blurPx: 5 }).image) < 0.75 * plain)
  t.ok(roughness(take(6, { smearPx: 20 }).image) < 0.9 * plain)
  t.ok(roughness(take(6, { noise: 8 }).image) > 1.3 * plain)
})

t.test('a larger sensor sees the same eye', async (t) => {
  const request = { person: 9, eye: 'right' as const, capture: { ...FAIR_WEATHER, noise: 0 } }
  const small = renderer.render(request)
  const large = renderer.render({ ...request, width: 640 })
  t.same([large.width, large.height], [640, 480])
  let [difference, count] = [0, 0]
  for (let y = 10; y < 230; y += 7) {
    for (let x = 10; x < 310; x += 7) {
      difference += Math.abs((greyAt(small, x, y) ?? 0) - (greyAt(large, 2 * x, 2 * y) ?? 0))
      count++
    }
  }
  t.ok(difference / count < 10, `mean difference ${difference / count}`)
})
