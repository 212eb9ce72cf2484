import { element, label } from './svg.ts'

/** A rectangle of a drawing with scales: `x` and `y` give places for values. */
export type Panel = {
  readonly x: (value: number) => number
  readonly y: (value: number) => number
  /** The frame, ticks and titles. */
  readonly frame: string
}

/** One axis: its title, ends and ticks; `isLog` spaces by powers of ten, written as shares unless told. */
export type Axis = {
  readonly title: string
  readonly least: number
  readonly most: number
  readonly ticks: readonly number[]
  readonly isLog?: boolean
  readonly tickText?: (value: number) => string
}

/** Where a panel lies in its drawing, pixels. */
export type Place = {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** A panel with both axes; values beyond an axis are drawn on its end. */
export function panel(title: string, place: Place, across: Axis, up: Axis): Panel {
  const { left, top, width, height } = place
  const x = (value: number) => left + width * shareOf(across, value)
  const y = (value: number) => top + height * (1 - shareOf(up, value))
  const middle = { 'text-anchor': 'middle' }
  const parts = [
    element('rect', { x: left, y: top, width, height, fill: 'none', stroke: '#444444' }),
    label(left + width / 2, top - 10, title, { ...middle, 'font-weight': 'bold' }),
    label(left + width / 2, top + height + 38, across.title, middle),
    label(left - 52, top + height / 2, up.title, {
      ...middle,
      transform: `rotate(-90 ${left - 52} ${top + height / 2})`,
    }),
    ...across.ticks.flatMap((tick) => [
      element('line', { x1: x(tick), y1: top, x2: x(tick), y2: top + height, stroke: '#dddddd' }),
      label(x(tick), top + height + 18, textOfTick(across, tick), middle),
    ]),
    ...up.ticks.flatMap((tick) => [
      element('line', { x1: left, y1: y(tick), x2: left + width, y2: y(tick), stroke: '#dddddd' }),
      label(left - 6, y(tick) + 4, textOfTick(up, tick), { 'text-anchor': 'end' }),
    ]),
  ]
  return { x, y, frame: parts.join('') }
}

function shareOf({ least, most, isLog }: Axis, value: number): number {
  const scale = (v: number) => (isLog === true ? Math.log10(Math.max(v, least)) : v)
  const share = (scale(value) - scale(least)) / (scale(most) - scale(least))
  return Math.max(0, Math.min(1, share))
}

function textOfTick({ isLog, tickText }: Axis, value: number): string {
  if (tickText) return tickText(value)
  if (isLog !== true) return String(value)
  const power = Math.round(Math.log10(value))
  return power > -2 ? `${value * 100} %` : `1e${power}`
}
