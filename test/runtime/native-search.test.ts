import { writeFile } from 'node:fs/promises'
import t from 'tap'
import { NATIVE_FUNCTIONS, NATIVE_LAYOUT } from '../../biometrics/search/native-kernel.ts'
import {
  loadNativeKernel,
  nativeBitCounter,
  nativeInstructions,
} from '../../runtime/native-search.ts'
import { chooseBackend } from '../../runtime/search-backend.ts'
import { noNative } from '../kit/search-kernels.ts'

const plain = { backend: 'typescript', load: async () => undefined } as const

/** Modules that are found where the addon should be, and what is wrong with them. */
const WRONG: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
  'no-library.node': ['not a shared library', /does not load/],
  'other-layout.cjs': ['module.exports = { layout: 999, kernels: {} }', /layout 999, not/],
  'no-layout.cjs': ['module.exports = 7', /layout undefined/],
  'no-functions.cjs': [
    `module.exports = { layout: ${NATIVE_LAYOUT}, kernels: { plain: { score() {} } } }`,
    /plain kernel has no symbolise, tabulate, sift, countBits/,
  ],
}

t.test('where nothing was built there is no native kernel, and nothing is said', async (t) => {
  const path = `${t.testdir()}/search.node`
  t.equal(await loadNativeKernel(undefined, path), undefined)
  t.same(nativeInstructions(path), [])
  t.equal(nativeBitCounter(path), undefined)
  const load = () => loadNativeKernel(undefined, path)
  const { trials } = await chooseBackend([{ backend: 'native', load }, plain])
  t.same(trials[0], { backend: 'native', outcome: 'absent' })
})

t.test('an addon that does not fit is named, and search goes on without it', async (t) => {
  const folder = t.testdir()
  for (const [name, [text, message]] of Object.entries(WRONG)) {
    const path = `${folder}/${name}`
    await writeFile(path, text)
    const load = () => loadNativeKernel(undefined, path)
    await t.rejects(load(), { code: 'file.native-search', message }, name)
    const chosen = await chooseBackend([{ backend: 'native', load }, plain])
    t.equal(chosen.trials[0]?.outcome, 'wrong', name)
    t.equal(chosen.backend, 'typescript', name)
  }
})

t.test('an addon without a kernel for the instructions asked for gives none', async (t) => {
  const path = `${t.testdir()}/plain.cjs`
  const functions = NATIVE_FUNCTIONS.map((name) => `${name}() {}`).join(', ')
  await writeFile(
    path,
    `module.exports = { layout: ${NATIVE_LAYOUT}, kernels: { plain: { ${functions} } } }`,
  )
  t.same(nativeInstructions(path), ['plain'])
  t.equal((await loadNativeKernel('plain', path))?.backend, 'native')
  t.equal(await loadNativeKernel('avx512', path), undefined)
})

t.test('the addon of this build loads and works', { skip: noNative }, async (t) => {
  t.equal((await loadNativeKernel())?.backend, 'native')
  const [few = 0, many = 0] = [1, 1000].map((rounds) => nativeBitCounter()?.(rounds))
  t.ok(few >= 8, 'words in eight registers')
  t.equal(many, 1000 * few)
  const load = () => loadNativeKernel()
  const { trials } = await chooseBackend([{ backend: 'native', load }])
  t.equal(trials[0]?.outcome, 'works')
})
