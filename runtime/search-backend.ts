import { type Backend, type Kernel, loadKernel } from '../biometrics/search/kernel.ts'
import {
  addStrangers,
  answersAlike,
  indexOfKnown,
  type KnownAnswer,
  knownAnswer,
} from '../biometrics/search/known-answer.ts'
import type { PersonIndex } from '../biometrics/search/person-index.ts'
import { errorFields, type Log } from './log.ts'
import { loadNativeKernel } from './native-search.ts'

/** What became of one way of comparing on this machine. */
export type BackendTrial =
  /** Answers as the plain comparison does; eyes/s of one thread, exact mode, small gallery. */
  | { readonly backend: Backend; readonly outcome: 'works'; readonly eyesPerS: number }
  /** The machine or the build has it not. */
  | { readonly backend: Backend; readonly outcome: 'absent' }
  /** It answered otherwise than the plain comparison, or not at all: it is never used. */
  | { readonly backend: Backend; readonly outcome: 'wrong'; readonly why: string }

/** The way of comparing that this process uses, with the trials that led to it. */
export type SearchBackend = {
  readonly backend: Backend
  /** Absent where TypeScript compares. */
  readonly kernel: Kernel | undefined
  readonly eyesPerS: number
  readonly trials: readonly BackendTrial[]
}

/** Something that may be able to compare. */
export type BackendCandidate = {
  readonly backend: Backend
  /** Undefined where it is not to be had; TypeScript needs no kernel. */
  readonly load: () => Promise<Kernel | undefined>
}

const CANDIDATES: readonly BackendCandidate[] = [
  { backend: 'native', load: () => loadNativeKernel() },
  { backend: 'simd', load: () => loadKernel('simd') },
  { backend: 'scalar', load: () => loadKernel('scalar') },
  { backend: 'typescript', load: () => Promise.resolve(undefined) },
]

let chosen: Promise<SearchBackend> | undefined

/** The back-end of this process: tried once, some ten milliseconds, and the same from then on. */
export function searchBackend(): Promise<SearchBackend> {
  chosen ??= chooseBackend()
  return chosen
}

/** Tries each candidate on a gallery whose answers are known, and takes the quickest that is right. */
export async function chooseBackend(
  candidates: readonly BackendCandidate[] = CANDIDATES,
  nowMs: () => number = () => performance.now(),
): Promise<SearchBackend> {
  const known = knownAnswer()
  const trials: BackendTrial[] = []
  let best: Omit<SearchBackend, 'trials'> = {
    backend: 'typescript',
    kernel: undefined,
    eyesPerS: 0,
  }
  for (const { backend, load } of candidates) {
    const { trial, kernel } = await tryOut(backend, load, known, nowMs)
    trials.push(trial)
    if (trial.outcome === 'works' && trial.eyesPerS > best.eyesPerS) {
      best = { backend, kernel, eyesPerS: trial.eyesPerS }
    }
  }
  return { ...best, trials }
}

/** Says in the log what was chosen, and loudly what was dropped. */
export function logBackend({ backend, eyesPerS, trials }: SearchBackend, log: Log): void {
  for (const trial of trials) {
    if (trial.outcome !== 'wrong') continue
    log.error('search.backend-dropped', { backend: trial.backend, why: trial.why })
  }
  log.info('search.backend', { backend, eyesPerS })
}

async function tryOut(
  backend: Backend,
  load: () => Promise<Kernel | undefined>,
  known: KnownAnswer,
  nowMs: () => number,
): Promise<{ readonly trial: BackendTrial; readonly kernel: Kernel | undefined }> {
  try {
    const kernel = await load()
    const index = indexOfKnown(kernel, known)
    if (index.backend !== backend) return { trial: { backend, outcome: 'absent' }, kernel }
    if (!answersAlike(index, known)) {
      const why = 'another answer than the plain comparison'
      return { trial: { backend, outcome: 'wrong', why }, kernel }
    }
    // Plain comparison takes the same time for each; a kernel's tables want a gallery to pay.
    if (backend !== 'typescript') addStrangers(index, known, PERSONS)
    return { trial: { backend, outcome: 'works', eyesPerS: rateOf(index, known, nowMs) }, kernel }
  } catch (error) {
    const why = String(errorFields(error)['error'])
    return { trial: { backend, outcome: 'wrong', why }, kernel: undefined }
  }
}

/** Persons that a kernel's rate is measured over: enough for its tables to pay. */
const PERSONS = 400
/** Of so many goes the best: other work on the machine takes its share of some. */
const GOES = 4

function rateOf(index: PersonIndex, { probes }: KnownAnswer, nowMs: () => number): number {
  const probe = probes[0] ?? {}
  const rates = Array.from({ length: GOES }, () => {
    const start = nowMs()
    for (const _ of index.search(probe, { mode: 'exact' }));
    // A clock that did not move between two readings is not faster than a microsecond.
    return (2000 * index.size) / Math.max(0.001, nowMs() - start)
  })
  return Math.round(Math.max(...rates))
}
