import { fileURLToPath } from 'node:url'
import { encodeIrisTemplate, type IrisTemplate } from '../../protocol/iris-template.ts'
import { strangerEyes } from '../stranger-eyes.ts'
import type { Words } from '../synthetic-irises.ts'
import { askProcess } from './ask-process.ts'
import { usualEye } from './population.ts'

/** What the peer did, or why there is nothing to tell. */
export type Peer =
  | { readonly outcome: 'measured'; readonly version: string; readonly comparisonsPerS: number }
  | { readonly outcome: 'absent'; readonly why: string }

// Built files lie in dist/bench/search/, the script beside the sources.
const SCRIPT = fileURLToPath(new URL('../../../bench/search/faiss-flat.py', import.meta.url))
/** Debian's own interpreter: its packages are not those of another that comes first in PATH. */
const PYTHON = '/usr/bin/python3'
const PROBES = 16
/** Both code planes: a peer without masks has no use for the third. */
const CODE_BYTES = 2048
const TIMEOUT_MS = 120_000

/** Runs Debian's faiss over `eyes` codes of the same kind. */
export async function measurePeer(
  eyes: number,
  words: Words,
  signal: AbortSignal,
  python: string = PYTHON,
): Promise<Peer> {
  const next = strangerEyes(words, Math.min(1000, eyes))
  const counts = new DataView(new ArrayBuffer(8))
  counts.setUint32(0, eyes, true)
  counts.setUint32(4, PROBES, true)
  const codes = (count: number, eye: () => IrisTemplate) =>
    Array.from({ length: count }, () => encodeIrisTemplate(eye()).subarray(0, CODE_BYTES))
  const input = [
    new Uint8Array(counts.buffer),
    ...codes(eyes, next),
    ...codes(PROBES, () => usualEye(words)),
  ]
  const { code, out, err } = await askProcess(python, [SCRIPT], input, {
    timeoutMs: TIMEOUT_MS,
    signal,
  })
  if (code !== 0) {
    const last = err.trim().split('\n').at(-1) ?? ''
    return { outcome: 'absent', why: `${python} with python3-faiss does not run here: ${last}` }
  }
  const { version, comparisons_per_s } = JSON.parse(out) as {
    readonly version: string
    readonly comparisons_per_s: number
  }
  return { outcome: 'measured', version, comparisonsPerS: comparisons_per_s }
}
