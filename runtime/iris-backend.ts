import type { irisKernelState } from '../biometrics/iris/kernel.ts'
import type { Log } from './log.ts'

/** Says in the log what encodes irises here, and loudly that a build was left out. */
export function logIrisBackend(state: ReturnType<typeof irisKernelState>, log: Log): void {
  if (state === 'outdated') {
    log.error('iris.kernel-outdated', {
      why: 'kernel-wasm.js was built from other sources: TypeScript computes, four times slower; npm run build',
    })
  }
  log.info('iris.backend', { backend: state === 'works' ? 'simd' : 'typescript' })
}
