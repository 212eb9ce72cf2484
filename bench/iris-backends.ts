import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeImage } from '../biometrics/image/decode.ts'
import { encodeIris } from '../biometrics/iris/encode.ts'
import { assessFrame } from '../biometrics/iris/frame.ts'
import { irisBackend, withIrisBackend } from '../biometrics/iris/kernel.ts'
import { toHex } from '../protocol/bytes.ts'
import type { GreyImage } from '../protocol/image.ts'
import { encodeIrisTemplate } from '../protocol/iris-template.ts'

/*
 * Whether both back-ends make the same of each eye image under a folder: template, quality, outlines
 * and quick look, to the last digit. `node dist/bench/iris-backends.js DIR`; it prints the files that
 * differ, and ends with 1 where there are some.
 */

function isImage(name: string): boolean {
  return /\.(?:bmp|png|jpe?g)$/i.test(name)
}

/** All that the pipeline says about an image. */
function told(image: GreyImage): string {
  const result = encodeIris(image)
  const template = result.outcome === 'encoded' ? encodeIrisTemplate(result.template) : undefined
  return JSON.stringify([assessFrame(image), { ...result, template: template && toHex(template) }])
}

function compareBackends(folder: string): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(isImage).sort()
  let encoded = 0
  const differing = files.filter((file) => {
    const image = decodeImage(new Uint8Array(readFileSync(join(folder, file))))
    const [fast, plain] = (['simd', 'typescript'] as const).map((backend) =>
      withIrisBackend(backend, () => told(image)),
    )
    if (fast?.includes('"encoded"')) encoded++
    return fast !== plain
  })
  for (const file of differing) process.stdout.write(`differs: ${file}\n`)
  const same = files.length - differing.length
  process.stdout.write(`${files.length} images, ${encoded} encoded, ${same} alike\n`)
  process.exitCode = differing.length > 0 ? 1 : 0
}

const [folder] = process.argv.slice(2)
if (folder === undefined || irisBackend() !== 'simd') {
  process.stderr.write('usage, after npm run build: node dist/bench/iris-backends.js DIR\n')
  process.exitCode = 2
} else {
  compareBackends(folder)
}
