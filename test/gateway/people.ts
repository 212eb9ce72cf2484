import { viewedEyes } from '../../biometrics/search/probe-view.ts'
import { EYES } from '../../biometrics/search/slab-layout.ts'
import {
  type BiometricReference,
  irisReference,
  irisTemplateOf,
} from '../../protocol/biometric-reference.ts'
import type { ProbeView } from '../../protocol/duplicate-rule.ts'
import type { EyePosition } from '../../protocol/image.ts'
import { randomTemplate, turned, withFlippedBits } from '../kit/iris-codes.ts'

/** The capture as it would be had the resident, or the camera, shown the eyes otherwise. */
export function shown(
  references: readonly BiometricReference[],
  view: ProbeView,
): readonly BiometricReference[] {
  const [left, right] = EYES.map((eye) => irisTemplateOf(references, eye))
  const eyes = viewedEyes({ left, right }, view)
  return EYES.flatMap((eye) => {
    const template = eyes[eye]
    return template ? [irisReference(eye, template, 80)] : []
  })
}

/** A fresh capture of a person's eyes: each capture differs, the person stays. */
export function capture(
  person: number,
  captureNumber = 0,
  eyes: readonly EyePosition[] = ['left', 'right'],
): readonly BiometricReference[] {
  return eyes.map((eye) => {
    const iris = randomTemplate(1000 * person + (eye === 'left' ? 1 : 2))
    const seen = withFlippedBits(turned(iris, captureNumber % 5), 60, person + 7 * captureNumber)
    return irisReference(eye, seen, 80)
  })
}
