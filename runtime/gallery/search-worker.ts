/** A thread that sweeps slabs of memory that another thread fills: started by crew.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import type { EncodedEyes } from '../../biometrics/search/bank.ts'
import { type Backend, type Kernel, loadKernel } from '../../biometrics/search/kernel.ts'
import { shiftFinds } from '../../biometrics/search/slab-finds.ts'
import { SlabMemory } from '../../biometrics/search/slab-memory.ts'
import { type SearchProbe, SlabSearcher } from '../../biometrics/search/slab-search.ts'
import { PersonhoodError } from '../../protocol/errors.ts'
import { decodeIrisTemplate } from '../../protocol/iris-template.ts'
import { loadNativeKernel } from '../native-search.ts'
import type { WorkerOrder, WorkerReport } from './search-messages.ts'

const { backend } = workerData as { readonly backend: Backend }
const kernel = await kernelOf(backend)
if (!kernel || !parentPort) throw new PersonhoodError('call.search-worker', `no ${backend} kernel`)
const banks: SlabSearcher[] = []
const probes = new Map<number, SearchProbe>()

parentPort.on('message', (order: WorkerOrder) => {
  const report = obey(order)
  if (report) say(report)
})
say({ name: 'ready' })

/** The kernel that the other side chose: this process has tried it. */
function kernelOf(name: Backend): Promise<Kernel | undefined> {
  if (name === 'typescript') return Promise.resolve(undefined)
  return name === 'native' ? loadNativeKernel() : loadKernel(name)
}

function obey(order: WorkerOrder): WorkerReport | undefined {
  switch (order.name) {
    case 'bank':
      if (kernel) {
        const { memory, layout } = order
        banks.push(new SlabSearcher(new SlabMemory(kernel, { memory, layout, scratch: 0 })))
      }
      return undefined
    case 'forget-banks':
      banks.length = 0
      return undefined
    case 'probe':
      probes.set(order.search, { eyes: decodeEyes(order.eyes), plan: order.plan })
      return undefined
    case 'sweep': {
      const probe = probes.get(order.search)
      if (!probe) throw new PersonhoodError('call.search-worker', 'an order without its probe')
      const finds = order.slabs.map(([bank, slab, count, addRow]) => {
        const found = banks[bank]?.sweep(probe, slab, count)
        if (!found) throw new PersonhoodError('call.search-worker', `there is no bank ${bank}`)
        return shiftFinds(found, addRow)
      })
      return { name: 'swept', finds }
    }
    case 'forget-probe':
      probes.delete(order.search)
      for (const bank of banks) bank.forget()
      return undefined
  }
}

/** Out of shared memory, which the other side clears when the search ends. */
function decodeEyes({ left, right }: EncodedEyes): SearchProbe['eyes'] {
  return { left: left && decodeIrisTemplate(left), right: right && decodeIrisTemplate(right) }
}

function say(report: WorkerReport): void {
  parentPort?.postMessage(report)
}
