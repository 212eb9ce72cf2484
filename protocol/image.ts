/** A grey image, 8 bits a pixel, row-major, top row first: what an orb streams and a pipeline reads. */
export type GreyImage = {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** Which eye of the capture subject (ISO/IEC 19794-6: subject's right, subject's left). */
export type EyePosition = 'left' | 'right'
