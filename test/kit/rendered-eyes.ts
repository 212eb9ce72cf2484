import { type CaptureConditions, FAIR_WEATHER } from '../../hardware/orb/eye-renderer/conditions.ts'
import type { Ellipse, EyeTruth } from '../../hardware/orb/eye-renderer/geometry.ts'
import { createEyeRenderer } from '../../hardware/orb/eye-renderer/renderer.ts'
import type { EyePosition, GreyImage } from '../../protocol/image.ts'

const renderer = createEyeRenderer(8)

/** A rendered eye and where its parts truly are. */
export type RenderedEye = { readonly image: GreyImage; readonly truth: EyeTruth }

/** The eye of a person in fair weather but for `changes`. */
export function renderedEye(
  person: number,
  changes: Partial<CaptureConditions> = {},
  eye: EyePosition = 'left',
): RenderedEye {
  const request = { person, eye, capture: { ...FAIR_WEATHER, ...changes } }
  return { image: renderer.render(request), truth: renderer.truth(request) }
}

/** Mean radius of an ellipse, pixels. */
export function radiusOf({ a, b }: Ellipse): number {
  return Math.sqrt(a * b)
}

/** Distance in pixels from a point to an ellipse along the ray from its middle; below 0 inside. */
export function beyondEllipse(ellipse: Ellipse, x: number, y: number): number {
  const [dx, dy] = [x - ellipse.x, y - ellipse.y]
  const [cos, sin] = [Math.cos(ellipse.angle), Math.sin(ellipse.angle)]
  const [along, across] = [dx * cos + dy * sin, dy * cos - dx * sin]
  const distance = Math.hypot(along, across)
  const reach = distance / Math.hypot(along / ellipse.a, across / ellipse.b)
  return distance - reach
}
