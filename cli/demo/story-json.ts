import type { Story } from './story-types.ts'

/** The story as `demo --json` documents it: these keys and no others, so that tools can be strict. */
export function storyJson({ taps, ...story }: Story): string {
  const told = taps.map(({ outcome, proof, ms }) => ({ outcome, proof, ms }))
  const { enrolments, ...rest } = story
  return JSON.stringify({ enrolments, taps: told, ...rest })
}
