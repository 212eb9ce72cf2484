import type { LatencyPoint } from '../../bench/search/latency.ts'
import type { Curves } from '../../bench/search/run.ts'
import { type Axis, type Panel, panel } from '../plot/axes.ts'
import { drawing, label, polyline } from '../plot/svg.ts'

const WIDTH = 560
const HEIGHT = 420
const PLACE = { left: 80, top: 40, width: 440, height: 320 }
const COLOURS = { resident: '#2166ac', lean: '#b2182b' } as const
const POWERS = [1e-2, 1e-1, 1, 10, 100, 1000, 10_000]

/** Time of a probe against gallery size, both logarithmic, as an SVG file. */
export function plotLatency(curves: Curves): string {
  const points = Object.values(curves).flat()
  const across = logAxis(
    'enrolled eyes',
    points.map(({ eyes }) => eyes),
    [1e3, 1e4, 1e5, 1e6, 1e7],
  )
  const up = logAxis(
    'ms a probe',
    points.flatMap(({ p50, p95, cpuP50 }) => [p50, p95, cpuP50]),
    POWERS,
  )
  const axes = panel('One probe against a gallery', PLACE, across, up)
  const names = ['resident', 'lean'] as const
  const drawn = names.filter((name) => curves[name].length > 0)
  return drawing(
    WIDTH,
    HEIGHT,
    axes.frame,
    ...drawn.map((name, i) => curve(axes, name, curves[name], PLACE.top + 20 + 18 * i)),
  )
}

function curve(
  axes: Panel,
  name: keyof Curves,
  points: readonly LatencyPoint[],
  top: number,
): string {
  const line = (which: 'p50' | 'p95' | 'cpuP50', more: Readonly<Record<string, string | number>>) =>
    polyline(
      points.map((point) => [axes.x(point.eyes), axes.y(point[which])]),
      { stroke: COLOURS[name], 'stroke-width': 1.5, ...more },
    )
  const key = label(PLACE.left + 12, top, `${name}: p50; dashed p95; dotted processor time`, {
    fill: COLOURS[name],
  })
  const dashed = line('p95', { 'stroke-dasharray': '4 3' })
  const dotted = line('cpuP50', { 'stroke-dasharray': '1 3' })
  return line('p50', {}) + dashed + dotted + key
}

/** From the power of ten below all values to the one above. */
function logAxis(title: string, values: readonly number[], powers: readonly number[]): Axis {
  const least = powers.findLast((power) => values.every((value) => power <= value)) ?? powers[0]
  const most = powers.find((power) => values.every((value) => power >= value)) ?? powers.at(-1)
  const ticks = powers.filter((power) => power >= (least ?? 0) && power <= (most ?? 0))
  return { title, least: least ?? 1, most: most ?? 10, ticks, isLog: true, tickText }
}

function tickText(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`
  return value >= 1000 ? `${value / 1000} k` : `${value}`
}
