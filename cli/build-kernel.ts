/** Compiles biometrics/search/kernel into dist: run after tsc by `npm run build`. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import asc from 'assemblyscript/asc'
import { PersonhoodError } from '../protocol/errors.ts'

// Built files lie in dist/cli/, sources beside dist/.
const sources = fileURLToPath(new URL('../../biometrics/search/kernel', import.meta.url))
const target = fileURLToPath(new URL('../biometrics/search/kernel-wasm.js', import.meta.url))

/** Shared memory is imported, up to the 4 GiB that 32 bits can address; there is no runtime. */
const OPTIONS = [
  ...['--optimizeLevel', '3', '--runtime', 'stub', '--noAssert', '--uncheckedBehavior', 'always'],
  ...['--enable', 'threads', '--sharedMemory', '--importMemory', '--initialMemory', '1'],
  ...['--maximumMemory', '65536', '--pedantic'],
]

const simd = await compile(['score.ts', 'symbols.ts', 'sift.ts', 'sketch.ts'], ['--enable', 'simd'])
const scalar = await compile(['score.ts'], ['--disable', 'simd'])
await writeFile(
  target,
  `// Built from biometrics/search/kernel.
export const SIMD_BASE64 = '${simd}'
export const SCALAR_BASE64 = '${scalar}'
`,
)

/** The module in base64; the same sources give the same bytes. */
async function compile(entries: readonly string[], features: readonly string[]): Promise<string> {
  let wasm: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [...entries, '--outFile', 'kernel.wasm', ...OPTIONS, ...features],
    {
      readFile: sourceOf,
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

/** The text of a source; null tells the compiler to look in its own library. */
function sourceOf(name: string): string | null {
  try {
    return readFileSync(`${sources}/${name}`, 'utf8')
  } catch {
    return null
  }
}
