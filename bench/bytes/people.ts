import { encodeIris } from '../../biometrics/iris/encode.ts'
import { sampleConditions } from '../../hardware/orb/eye-renderer/conditions.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import { type BiometricReference, irisReference } from '../../protocol/biometric-reference.ts'
import type { EyePosition } from '../../protocol/image.ts'
import { IRIS_PLANE_WORDS, IrisTemplate } from '../../protocol/iris-template.ts'
import type { Presentation } from '../../protocol/messages/presentation.ts'
import type { Words } from '../synthetic-irises.ts'

/** What a kiosk reports of one person: two eyes, and what its looks at them said. */
export type Person = {
  readonly references: readonly BiometricReference[]
  readonly presentation: readonly Presentation[]
}

const EYES: readonly EyePosition[] = ['left', 'right']
/** Captures tried for an eye before the person is held to be a fault of the bench. */
const MAX_CAPTURES = 50

/** Rendered persons, one after another without end, as a kiosk's mixture of captures shows them. */
export function* renderedPeople(): Generator<Person, never> {
  const renderer = createEyeRenderer(2)
  for (let person = 1; ; person++) {
    const references = EYES.map((eye) => {
      for (let attempt = 0; attempt < MAX_CAPTURES; attempt++) {
        const capture = sampleConditions(person * MAX_CAPTURES + attempt)
        const result = encodeIris(renderer.render({ person, eye, capture }))
        if (result.outcome === 'encoded') return irisReference(eye, result.template, 80)
      }
      throw new Error(`no capture of rendered person ${person} can be encoded`)
    })
    yield { references, presentation: EYES.map(livingLook) }
  }
}

/** Persons with random bits instead of codes of eyes, a moment each: nobody is like anybody. */
export function* randomPeople(words: Words): Generator<Person, never> {
  const plane = () => Uint32Array.from({ length: IRIS_PLANE_WORDS }, words)
  for (;;) {
    const references = EYES.map((eye) => {
      const mask = new Uint32Array(IRIS_PLANE_WORDS).fill(0xff_ff_ff_ff)
      return irisReference(eye, new IrisTemplate({ re: plane(), im: plane(), mask }), 80)
    })
    yield { references, presentation: EYES.map(livingLook) }
  }
}

/** A look at a living eye, with all the methods that a kiosk has (biometrics/pad/). */
function livingLook(eye: EyePosition): Presentation {
  const checks = [
    { method: 'pupil-light-reflex', outcome: 'bona-fide', reason: 'reflex-usual' },
    { method: 'corneal-glints', outcome: 'bona-fide', reason: 'glints-as-asked' },
    { method: 'print-half-tone', outcome: 'bona-fide', reason: 'half-tone-none' },
    { method: 'static-or-replayed', outcome: 'bona-fide', reason: 'replay-none' },
  ] as const
  const outcome = 'bona-fide'
  return { eye, version: 1, outcome, reason: 'all-checks', checks, looks: 1, isConfirmed: false }
}
