import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { decodePng, encodePng } from '../../../biometrics/image/png.ts'
import { irisCommand } from '../../../cli/iris/command.ts'
import { drawEye, drawNoise } from '../../kit/drawn-eyes.ts'
import { capture } from '../../kit/io.ts'

/** A folder of three eyes, two captures each, a page of noise and a broken file. */
function eyeFolder(t: Test): string {
  const folder = t.testdir({})
  const rows = ['path,subject,eye']
  mkdirSync(join(folder, 'set'))
  for (const texture of [1, 2, 3]) {
    for (const noiseSeed of [1, 2]) {
      const name = `set/${texture}-${noiseSeed}.png`
      writeFileSync(join(folder, name), encodePng(drawEye({ texture, noiseSeed, noise: 6 })))
      rows.push(`${name},s${texture},${texture === 2 ? 'R' : 'left'}`)
    }
  }
  writeFileSync(join(folder, 'set/noise.png'), encodePng(drawNoise(320, 240, 1)))
  writeFileSync(
    join(folder, 'set/broken.png'),
    readFileSync(join(folder, 'set/1-1.png')).subarray(0, 900),
  )
  rows.push('set/noise.png,s4,left', 'set/broken.png,s1,left', '')
  writeFileSync(join(folder, 'index.csv'), rows.join('\r\n'))
  return folder
}

async function run(
  folder: string,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const { io, out, err } = capture(folder)
  const code = await irisCommand.run(args, io)
  return { code, out: out(), err: err() }
}

t.test('an operator encodes, compares and evaluates eyes', async (t) => {
  const folder = eyeFolder(t)

  await t.test(
    'encode prints outcome and quality, and says no when an image is refused',
    async (t) => {
      const { code, out } = await run(folder, 'encode', 'set/1-1.png', 'set/noise.png', '--json')
      t.equal(code, 1)
      const [eye, noise] = JSON.parse(out)
      t.match(eye, { file: 'set/1-1.png', outcome: 'encoded', score: Number })
      t.match(noise, { outcome: 'refused', reason: /^(no-eye|eye-too-small|too-little-iris)$/ })
      t.equal((await run(folder, 'encode', 'set/1-1.png')).code, 0)
    },
  )

  await t.test('a file that cannot be read is named and costs the others nothing', async (t) => {
    const { io, out } = capture(folder)
    const files = ['set/broken.png', 'set/1-1.png']
    await t.rejects(irisCommand.run(['encode', ...files, '--json'], io), {
      code: /^bytes/,
      message: /broken\.png/,
    })
    t.match(JSON.parse(out()), [{ file: 'set/1-1.png', outcome: 'encoded' }])
  })

  await t.test('encode --out writes the record for its owner only', async (t) => {
    t.equal((await run(folder, 'encode', 'set/1-1.png', '--out', 'templates')).code, 0)
    const { size, mode } = statSync(join(folder, 'templates/1-1.iris'))
    t.equal(size, 3072)
    t.equal(mode & 0o077, 0)
  })

  await t.test(
    'compare tells the same eye from another, from images and from templates',
    async (t) => {
      const same = await run(folder, 'compare', 'templates/1-1.iris', 'set/1-2.png', '--json')
      t.equal(same.code, 0)
      t.match(JSON.parse(same.out), { outcome: 'same', common_bits: Number, shift_columns: 0 })
      const other = await run(folder, 'compare', 'set/1-1.png', 'set/3-1.png')
      t.equal(other.code, 1)
      t.match(other.out, /^outcome different {2}score 0\.4/)
      const refused = await run(folder, 'compare', 'set/1-1.png', 'set/noise.png')
      t.equal(refused.code, 1)
      t.match(refused.out, /^outcome refused {2}file set\/noise.png/)
    },
  )

  await t.test('evaluate counts every pair once and draws what it found', async (t) => {
    const { code, out, err } = await run(folder, 'evaluate', '.', '--json', '--plot', 'plot.svg')
    t.equal(code, 0)
    const figures = JSON.parse(out)
    t.match(figures, {
      images: 8,
      refused: 2,
      genuine: 3,
      impostor: 12,
      dprime: Number,
      eer: 0,
      fnmr_at_1e3: null,
      fnmr_at_1e4: null,
      fnmr_at_zero_fm: 0,
      could_not_compare: 0,
      ms_p50: Number,
      ms_p95: Number,
    })
    t.ok(figures.dprime > 10)
    t.match(err, /refused set\/noise.png: .*\nrefused set\/broken.png: .*cut short/)
    const plot = readFileSync(join(folder, 'plot.svg'), 'utf8')
    t.match(plot, /^<svg .*DET.*<\/svg>\n$/s)
  })

  await t.test(
    'a part of a split, against another set, with a montage for its owner',
    async (t) => {
      writeFileSync(join(folder, 'set.split'), 'part one: s1 s3\npart two: s2 s4\n')
      writeFileSync(join(folder, 'montage.png'), 'was here', { mode: 0o644 })
      const { code, out, err } = await run(
        folder,
        ...['evaluate', '.', '--json', '--split', 'set.split', '--part', 'one', '--frames', '2'],
        ...['--against', '.', '--montage', 'montage.png', '--replicates', '100', '--seed', '5'],
      )
      t.equal(code, 0)
      t.match(JSON.parse(out), {
        images: 5,
        refused: 1,
        genuine: 2,
        impostor: 4,
        intervals: { replicates: 100, seed: 5, persons: 2, eer: [0, 0] },
        two_eyes: null,
        multi_frame: {
          frames: 2,
          presentations: 2,
          single_eye: { genuine: 0, impostor: 1 },
          fused: { single_eye: { genuine: 0, impostor: 1 }, two_eyes: null },
        },
        label_errors: [],
        // 4 images against 6: 4 pairs of equal files, and those of the same drawn eye.
        cross: { images: 8, refused: 2, impostor: 24, at_most_t1: 8, least: 0 },
      })
      t.equal(statSync(join(folder, 'montage.png')).mode & 0o777, 0o600)
      const montage = decodePng(new Uint8Array(readFileSync(join(folder, 'montage.png'))))
      t.same([montage.width, montage.height], [1320, 4 * 248 - 8])
      t.match(err, /genuine row 1: set\/.*impostor row 4: set\/.*biometric data/s)
    },
  )
})

t.test('a mistake says what to type or which file is broken', async (t) => {
  const folder = t.testdir({ 'x.png': 'no image', dir: {} })
  await t.rejects(run(folder), { code: 'call.usage' })
  await t.rejects(run(folder, 'encode'), { code: 'call.usage' })
  await t.rejects(run(folder, 'compare', 'a'), { code: 'call.usage' })
  await t.rejects(run(folder, 'evaluate', 'a', 'b'), { code: 'call.usage' })
  await t.rejects(run(folder, 'evaluate', 'dir', '--split', 'x'), { message: /--part/ })
  await t.rejects(run(folder, 'evaluate', 'dir', '--frames', '0'), { message: /from 1 to 20/ })
  await t.rejects(run(folder, 'encode', 'x.png'), {
    code: 'bytes.image',
    message: /x\.png: unknown/,
  })
  await t.rejects(run(folder, 'encode', 'y.png'), { code: 'ENOENT' })
  await t.rejects(run(folder, 'evaluate', 'dir'), { code: 'file.missing', message: /index\.csv/ })
  await t.rejects(run(folder, 'encode', 'dir'), { code: 'file.missing', message: /dir: .*file/ })
  await t.rejects(run(folder, 'encode', '/dev/zero'), { code: 'file.missing' })
})

t.test('two images of one name are never written to one template', async (t) => {
  const eye = (texture: number) => Buffer.from(encodePng(drawEye({ texture })))
  const folder = t.testdir({ a: { 'eye.png': eye(1) }, b: { 'eye.png': eye(2) } })
  await t.rejects(run(folder, 'encode', 'a/eye.png', 'b/eye.png', '--out', 'templates'), {
    code: 'call.usage',
    message: /a\/eye\.png and b\/eye\.png .*eye\.iris/,
  })
  t.equal((await run(folder, 'encode', 'a/eye.png', 'b/eye.png')).code, 0)
})

t.test('a cut template is said to be none; an image of as many bytes is an image', async (t) => {
  const eye = drawEye({ texture: 1 })
  const file = encodePng(eye)
  const folder = t.testdir({ 'eye.png': Buffer.from(file) })
  await run(folder, 'encode', 'eye.png', '--out', '.')
  const template = readFileSync(join(folder, 'eye.iris'))
  writeFileSync(join(folder, 'cut.iris'), template.subarray(0, 3071))
  await t.rejects(run(folder, 'compare', 'cut.iris', 'eye.png'), {
    code: 'bytes.image',
    message: /cut\.iris: .*3071 bytes.*template.*3072/,
  })
  const spoiled = Buffer.from(template)
  spoiled.fill(0xff, 0, 8)
  writeFileSync(join(folder, 'spoiled.iris'), spoiled)
  await t.rejects(run(folder, 'compare', 'spoiled.iris', 'eye.png'), {
    code: 'bytes.iris-template',
    message: /spoiled\.iris/,
  })
  // 14 bytes of header and 3,058 pixels.
  writeFileSync(join(folder, 'small.pgm'), `P5\n22 139 255\n${'Z'.repeat(3058)}`)
  t.equal(statSync(join(folder, 'small.pgm')).size, 3072)
  const { out } = await run(folder, 'compare', 'small.pgm', 'eye.png')
  t.match(out, /^outcome refused {2}file small\.pgm/)
})

t.test('the help names every kind of file that is read', (t) => {
  t.match(irisCommand.help, /PNG, JPEG, BMP, PGM or ISO\/IEC 19794-6/)
  t.end()
})
