/** A setting that a camera offers, as `v4l2-ctl --list-ctrls` tells it. */
export type Control = {
  readonly name: string
  readonly least: number
  readonly most: number
  readonly step: number
}

/** Exposure and gain as the operator wants them; what is left out stays as the camera has it. */
export type LightWish = {
  /** Microseconds. */
  readonly exposureUs?: number | undefined
  /** In the camera's own units. */
  readonly gain?: number | undefined
}

/** One `name=value` to set, in this order. */
export type Setting = { readonly name: string; readonly value: number }

/** What is set, and what the camera does not offer. */
export type SettingPlan = {
  readonly settings: readonly Setting[]
  readonly absent: readonly ('exposure' | 'gain')[]
}

const MAX_TEXT = 65_536
const MAX_CONTROLS = 128
const LINE = /^\s*([a-z][a-z0-9_]{0,63}) 0x[0-9a-f]{8} \((int|bool|menu|intmenu)\)\s*: (.{0,300})$/

/** The settings in what `v4l2-ctl --list-ctrls` prints (v4l-utils 1.22); other lines are passed over. */
export function parseControls(listing: string): readonly Control[] {
  const controls: Control[] = []
  for (const line of listing.slice(0, MAX_TEXT).split('\n')) {
    const [, name, , rest = ''] = LINE.exec(line) ?? []
    if (name === undefined) continue
    if (controls.length === MAX_CONTROLS) break
    const value = (key: string): number | undefined => {
      const text = new RegExp(`(?:^| )${key}=(-?\\d{1,10})(?: |$)`).exec(rest)?.[1]
      return text === undefined ? undefined : Number(text)
    }
    const step = Math.max(1, value('step') ?? 1)
    controls.push({ name, least: value('min') ?? 0, most: value('max') ?? 1, step })
  }
  return controls
}

/** V4L2 counts absolute exposure in 100 µs (V4L2_CID_EXPOSURE_ABSOLUTE). */
const EXPOSURE_UNIT_US = 100
/** V4L2_EXPOSURE_MANUAL; its two names are those of kernels before and since 5.18. */
const MANUAL = 1
const MODES = ['auto_exposure', 'exposure_auto']
const TIMES = ['exposure_time_absolute', 'exposure_absolute']

/** The settings that come nearest to what is wanted, within what the camera offers. */
export function planSettings(
  controls: readonly Control[],
  { exposureUs, gain }: LightWish,
): SettingPlan {
  const find = (names: readonly string[]): Control | undefined =>
    controls.find(({ name }) => names.includes(name))
  const settings: Setting[] = []
  const absent: ('exposure' | 'gain')[] = []
  if (exposureUs !== undefined) {
    const [mode, time] = [find(MODES), find(TIMES)]
    if (time === undefined) absent.push('exposure')
    else {
      // Manual first: the time cannot be set while the camera chooses it.
      if (mode !== undefined) settings.push({ name: mode.name, value: MANUAL })
      settings.push(nearest(time, exposureUs / EXPOSURE_UNIT_US))
    }
  }
  if (gain !== undefined) {
    const control = find(['gain', 'analogue_gain'])
    if (control === undefined) absent.push('gain')
    else settings.push(nearest(control, gain))
  }
  return { settings, absent }
}

function nearest({ name, least, most, step }: Control, wanted: number): Setting {
  const steps = Math.round((Math.min(Math.max(wanted, least), most) - least) / step)
  const value = least + steps * step
  return { name, value: value > most ? value - step : value }
}
