import t from 'tap'
import { kernelMemory, loadKernel } from '../../../biometrics/search/kernel.ts'

t.test('the fastest kernel is chosen where none is named', async (t) => {
  t.equal((await loadKernel())?.backend, 'simd')
  t.equal((await loadKernel('scalar'))?.backend, 'scalar')
})

t.test('a memory is shared, grows, and keeps what is in it', async (t) => {
  const memory = kernelMemory(1)
  t.ok(memory.buffer instanceof SharedArrayBuffer)
  new Uint8Array(memory.buffer)[65_535] = 7
  memory.grow(2)
  t.equal(memory.buffer.byteLength, 3 * 65_536)
  t.equal(new Uint8Array(memory.buffer)[65_535], 7)
})
