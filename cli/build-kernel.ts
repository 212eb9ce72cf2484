/** Compiles biometrics/search/kernel and biometrics/iris/kernel into dist, after tsc: `npm run build`. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { KERNEL_SOURCES } from '../biometrics/iris/kernel-sources.ts'
import { PersonhoodError } from '../protocol/errors.ts'

/** There is no runtime. */
const OPTIONS = [
  ...['--optimizeLevel', '3', '--runtime', 'stub', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--initialMemory', '1', '--pedantic'],
]
/** Shared memory is imported, up to the 4 GiB that 32 bits can address. */
const SHARED = [
  ...['--enable', 'threads', '--sharedMemory', '--importMemory', '--maximumMemory', '65536'],
]
const SIMD = ['--enable', 'simd']
const IRIS = [
  ...['blur.ts', 'contour.ts', 'extremes.ts', 'filters.ts', 'fourier.ts', 'limbus.ts'],
  ...['pupil.ts', 'recentre.ts', 'resize.ts', 'ring.ts', 'sheet.ts', 'specular.ts'],
]

await embed('search', {
  SIMD_BASE64: await compile(
    'search',
    ['score.ts', 'symbols.ts', 'sift.ts', 'sketch.ts', 'room.ts'],
    [...SHARED, ...SIMD],
  ),
  SCALAR_BASE64: await compile('search', ['score.ts'], [...SHARED, '--disable', 'simd']),
})
await embed('iris', {
  SIMD_BASE64: await compile('iris', IRIS, SIMD),
  SOURCES: namedSources('iris', KERNEL_SOURCES),
})

/** Writes modules beside the code that loads them; built files lie in dist/cli/. */
async function embed(part: string, modules: { readonly [name: string]: string }): Promise<void> {
  const lines = Object.entries(modules).map(
    ([name, base64]) => `export const ${name} = '${base64}'`,
  )
  const target = new URL(`../biometrics/${part}/kernel-wasm.js`, import.meta.url)
  await writeFile(target, `// Built from biometrics/${part}/kernel.\n${lines.join('\n')}\n`)
}

/** The hash of a kernel's sources, which must be the one that its loader knows. */
function namedSources(part: string, known: string): string {
  const folder = new URL(`../../biometrics/${part}/kernel/`, import.meta.url)
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) {
    // A checkout may have put other line ends in.
    const text = readFileSync(new URL(name, folder), 'utf8').replaceAll('\r\n', '\n')
    hash.update(`${name}\0${text}\0`)
  }
  const found = hash.digest('hex')
  if (found === known) return found
  throw new PersonhoodError(
    'file.kernel',
    `KERNEL_SOURCES in biometrics/${part}/kernel-sources.ts is not ${found}: put that there, so that older builds are told from this one`,
  )
}

/** The module in base64; the same sources give the same bytes. */
async function compile(
  part: string,
  entries: readonly string[],
  features: readonly string[],
): Promise<string> {
  let wasm: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [...entries, '--outFile', 'kernel.wasm', ...OPTIONS, ...features],
    {
      readFile: (name) => sourceOf(part, name),
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') wasm = contents
      },
      listFiles: () => [],
    },
  )
  if (error || !wasm) {
    throw new PersonhoodError('file.kernel', stderr.toString() || 'no module was made', {
      cause: error,
    })
  }
  return Buffer.from(wasm).toString('base64')
}

/** The text of a source, which lies beside dist/; null tells the compiler to look in its library. */
function sourceOf(part: string, name: string): string | null {
  try {
    return readFileSync(
      fileURLToPath(new URL(`../../biometrics/${part}/kernel/${name}`, import.meta.url)),
      'utf8',
    )
  } catch {
    return null
  }
}
