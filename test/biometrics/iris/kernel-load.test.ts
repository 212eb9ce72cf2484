import t from 'tap'
import { loadKernel } from '../../../biometrics/iris/kernel-load.ts'
import { KERNEL_SOURCES } from '../../../biometrics/iris/kernel-sources.ts'

/** A module without functions: magic number and version only. */
const EMPTY = btoa('\0asm\x01\0\0\0')

t.test('a module of the sources that it is called for works', async (t) => {
  t.equal(loadKernel({ SIMD_BASE64: EMPTY, SOURCES: KERNEL_SOURCES }).state, 'works')
})

t.test('a module of an older build is not used', async (t) => {
  const older = `${KERNEL_SOURCES.slice(0, -1)}${KERNEL_SOURCES.endsWith('0') ? '1' : '0'}`
  t.equal(loadKernel({ SIMD_BASE64: EMPTY, SOURCES: older }).state, 'outdated')
  t.equal(loadKernel({ SIMD_BASE64: EMPTY }).state, 'outdated', 'of before sources were named')
})

t.test('a tree that was not built has none, nor has a machine that cannot run it', async (t) => {
  t.equal(loadKernel(undefined).state, 'absent')
  const unknown = btoa('\0asm\x63\0\0\0')
  t.equal(loadKernel({ SIMD_BASE64: unknown, SOURCES: KERNEL_SOURCES }).state, 'absent')
})
