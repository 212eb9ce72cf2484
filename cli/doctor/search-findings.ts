import type { BackendTrial, SearchBackend } from '../../runtime/search-backend.ts'
import type { Finding } from './checks.ts'

/** A kernel's memory reserves its largest size as addresses, and V8 room around it: measured. */
const SLOW_FIX =
  'npm run build, for the kernel; where it was built, allow more addresses (ulimit -v, LimitAS=): a search memory reserves some 10 GiB, and each thread has one'

/** What is to be said of how templates are compared on this machine. */
export function searchFindings({ backend, eyesPerS, trials }: SearchBackend): readonly Finding[] {
  const others = trials.filter((trial) => trial.backend !== backend).map(textOf)
  const also = others.length === 0 ? '' : `; ${others.join(', ')}`
  const detail = `${backend}, ${perSecond(eyesPerS)} exact on one thread${also}`
  const faults = trials.flatMap((trial): readonly Finding[] =>
    trial.outcome === 'wrong' ? [dropped(trial)] : [],
  )
  const isSlow = backend === 'typescript'
  const chosen: Finding = isSlow
    ? { name: 'search', outcome: 'warn', detail, fix: SLOW_FIX }
    : { name: 'search', outcome: 'ok', detail }
  return [chosen, ...faults]
}

function dropped({ backend, why }: Extract<BackendTrial, { outcome: 'wrong' }>): Finding {
  return {
    ...{ name: 'search', outcome: 'warn', detail: `${backend} is not used: ${why}` },
    fix: why.startsWith('file.native-search')
      ? 'npm run build:native, or remove dist/native'
      : 'nothing is decided by it; report it with the model of this processor',
  }
}

function textOf(trial: BackendTrial): string {
  if (trial.outcome !== 'works') return `${trial.backend} ${trial.outcome}`
  return `${trial.backend} ${perSecond(trial.eyesPerS)}`
}

function perSecond(eyes: number): string {
  return `${Number((eyes / 1000).toPrecision(2))} thousand eyes/s`
}
