import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { type Kernel, loadKernel } from '../biometrics/search/kernel.ts'
import {
  NATIVE_FUNCTIONS,
  NATIVE_LAYOUT,
  type NativeFunctions,
  nativeKernel,
} from '../biometrics/search/native-kernel.ts'
import { PersonhoodError } from '../protocol/errors.ts'

/** Where `npm run build:native` puts the addon: in this package's own dist, and nowhere else is looked. */
export const NATIVE_ADDON: string = fileURLToPath(new URL('../native/search.node', import.meta.url))

/**
 * The native kernel, the fastest that this processor can run or the one for `instructions`;
 * undefined where it was not built, or has no such instructions. Throws `file.native-search` where
 * there is an addon that does not load or does not fit this version.
 */
export async function loadNativeKernel(
  instructions?: string,
  path: string = NATIVE_ADDON,
): Promise<Kernel | undefined> {
  if (!existsSync(path)) return undefined
  const kernels = kernelsOf(addonAt(path))
  const functions = instructions === undefined ? Object.values(kernels)[0] : kernels[instructions]
  const simd = await loadKernel('simd')
  return functions && simd?.backend === 'simd' ? nativeKernel(simd, functions) : undefined
}

/**
 * Counts bits in registers, `rounds` times over, as fast as the processor can, and returns how many
 * 64-bit words it counted; undefined where the addon was not built. For the bench alone.
 */
export function nativeBitCounter(path: string = NATIVE_ADDON): BitCounter | undefined {
  if (!existsSync(path)) return undefined
  const [functions] = Object.values(kernelsOf(addonAt(path)))
  return functions && ((rounds) => functions.countBits(new Uint8Array(0), rounds))
}

/** How many 64-bit words were counted in so many rounds. */
export type BitCounter = (rounds: number) => number

/** For which instructions the addon at hand has kernels that this processor can run, fastest first. */
export function nativeInstructions(path: string = NATIVE_ADDON): readonly string[] {
  return existsSync(path) ? Object.keys(kernelsOf(addonAt(path))) : []
}

function addonAt(path: string): unknown {
  try {
    return createRequire(import.meta.url)(path)
  } catch (cause) {
    throw new PersonhoodError('file.native-search', `${path} does not load`, { cause })
  }
}

function kernelsOf(addon: unknown): Readonly<Record<string, NativeFunctions>> {
  const { layout, kernels } = Object(addon)
  if (layout !== NATIVE_LAYOUT) {
    throw new PersonhoodError(
      'file.native-search',
      `the native addon has layout ${layout}, not ${NATIVE_LAYOUT}: npm run build:native`,
    )
  }
  for (const [instructions, functions] of Object.entries<unknown>(Object(kernels))) {
    const missing = NATIVE_FUNCTIONS.filter((name) => typeof Object(functions)[name] !== 'function')
    if (missing.length === 0) continue
    const names = missing.join(', ')
    throw new PersonhoodError('file.native-search', `the ${instructions} kernel has no ${names}`)
  }
  return Object(kernels)
}
