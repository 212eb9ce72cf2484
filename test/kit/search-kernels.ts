import { type Kernel, loadKernel, type SiftingKernel } from '../../biometrics/search/kernel.ts'
import { loadNativeKernel, nativeInstructions } from '../../runtime/native-search.ts'

/** A kernel under the name that its tests bear. */
export type NamedKernel<Of extends Kernel = Kernel> = { readonly name: string; readonly kernel: Of }

const simd = await loadKernel('simd')
const scalar = await loadKernel('scalar')
const natives = await Promise.all(
  nativeInstructions().map(async (instructions) => ({
    name: `native ${instructions}`,
    kernel: await loadNativeKernel(instructions),
  })),
)

/** Why there is no native kernel to test; false where there is one. */
export const noNative: string | false =
  natives.length === 0 && 'the native back-end was not built: npm run build:native'

/** What was built of the kernels that pass over most records, one for each set of instructions. */
export const SIFTING_KERNELS: readonly NamedKernel<SiftingKernel>[] = [
  { name: 'simd', kernel: simd },
  ...natives,
].flatMap(({ name, kernel }) =>
  kernel === undefined || kernel.backend === 'scalar' ? [] : [{ name, kernel }],
)

/** All kernels that were built. */
export const ALL_KERNELS: readonly NamedKernel[] = [
  ...SIFTING_KERNELS,
  ...(scalar ? [{ name: 'scalar', kernel: scalar }] : []),
]
