/** One sine tone of a signal: when it begins and how long it lasts, in milliseconds. */
export type Tone = { readonly hertz: number; readonly startMs: number; readonly lengthMs: number }

/** Soft enough for a small room; the kiosk's own sounder is louder. */
const GAIN = 0.12
/** Without a short rise and fall a tone begins and ends with a click. */
const RAMP_S = 0.012

let context: AudioContext | undefined

/**
 * Plays a signal, once somebody has touched the page: before that a browser allows no sound, and
 * asking would only fill its log.
 */
export function playTones(tones: readonly Tone[]): void {
  if (!navigator.userActivation.hasBeenActive) return
  context ??= new AudioContext()
  for (const tone of tones) play(context, tone)
}

function play(audio: AudioContext, { hertz, startMs, lengthMs }: Tone): void {
  const begin = audio.currentTime + startMs / 1000
  const end = begin + lengthMs / 1000
  const gain = audio.createGain()
  gain.gain.setValueAtTime(0, begin)
  gain.gain.linearRampToValueAtTime(GAIN, begin + RAMP_S)
  gain.gain.setValueAtTime(GAIN, end - RAMP_S)
  gain.gain.linearRampToValueAtTime(0, end)
  const oscillator = audio.createOscillator()
  oscillator.frequency.value = hertz
  oscillator.connect(gain).connect(audio.destination)
  oscillator.start(begin)
  oscillator.stop(end)
}
