import { duplicateThresholds } from '../../../protocol/duplicate-rule.ts'
import { type Axis, type Panel, panel } from '../../plot/axes.ts'
import { drawing, label, polyline } from '../../plot/svg.ts'
import type { DetBand } from './bootstrap.ts'
import type { Evaluation } from './evaluate.ts'
import { detCurve, SCORE_BINS } from './figures.ts'

const WIDTH = 900
const HEIGHT = 400
/** Bars of a distribution: 200 over 0..0.6. */
const BARS = 200
const MOST_SCORE = 0.6
const GENUINE = '#1b7837'
const IMPOSTOR = '#b2182b'

/** Score distributions and DET curve of an evaluation as an SVG file. */
export function plotEvaluation(evaluation: Evaluation): string {
  return drawing(WIDTH, HEIGHT, distributions(evaluation), det(evaluation))
}

function distributions({ counts }: Evaluation): string {
  const [genuine, impostor] = [barsOf(counts.genuine), barsOf(counts.impostor)]
  const most = Math.max(...genuine, ...impostor, 1e-9)
  const across = {
    title: 'fraction of differing bits',
    least: 0,
    most: MOST_SCORE,
    ticks: tenths(),
  }
  const up = { title: 'share of pairs (scaled)', least: 0, most: 1, ticks: [] }
  const place = { left: 70, top: 40, width: 340, height: 290 }
  const axes = panel('Scores, all pairs', place, across, up)
  const curve = (bars: readonly number[], stroke: string) =>
    polyline(
      bars.map((bar, i) => [axes.x(((i + 0.5) * MOST_SCORE) / BARS), axes.y(bar / most)]),
      { stroke, 'stroke-width': 1.5 },
    )
  const threshold = duplicateThresholds(1).oneEye / 1024
  return [
    axes.frame,
    curve(genuine, GENUINE),
    curve(impostor, IMPOSTOR),
    verticalLine(axes, threshold),
    label(axes.x(threshold) - 4, 52, 'T1', { 'text-anchor': 'end', fill: '#555555' }),
    label(80, 60, 'same eye', { fill: GENUINE }),
    label(80, 76, 'different eyes', { fill: IMPOSTOR }),
  ].join('')
}

function det({ counts, intervals }: Evaluation): string {
  const ticks = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1]
  const across: Axis = { title: 'FMR', least: 1e-6, most: 1, ticks, isLog: true }
  const up: Axis = { title: 'FNMR', least: 1e-4, most: 1, ticks: ticks.slice(2), isLog: true }
  const axes = panel('DET', { left: 530, top: 40, width: 330, height: 290 }, across, up)
  const points = detCurve(counts)
    .filter(({ fmr }) => fmr > 0)
    .map(({ fmr, fnmr }) => [axes.x(fmr), axes.y(fnmr)] as const)
  const corner = ({ fmr, low, high }: DetBand, end: 'low' | 'high') =>
    [axes.x(fmr), axes.y(end === 'low' ? low : high)] as const
  const band = [
    ...intervals.det.map((place) => corner(place, 'high')),
    ...intervals.det.toReversed().map((place) => corner(place, 'low')),
  ]
  const shade = polyline(band, { fill: '#2166ac', 'fill-opacity': '0.2', stroke: 'none' })
  const key = label(850, 58, 'band: 95 %, by person', { 'text-anchor': 'end', fill: '#2166ac' })
  const shown = intervals.det.length > 0 ? shade + key : ''
  return axes.frame + shown + polyline(thinned(points), { stroke: '#2166ac', 'stroke-width': 1.5 })
}

/** Of neighbours that lie within a third of a pixel only the first is drawn. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const kept: (readonly [number, number])[] = []
  for (const point of points) {
    const last = kept.at(-1)
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) > 0.33) kept.push(point)
  }
  return kept
}

function verticalLine(axes: Panel, value: number): string {
  const points = [
    [axes.x(value), axes.y(0)],
    [axes.x(value), axes.y(1)],
  ] as const
  return polyline(points, { stroke: '#555555', 'stroke-dasharray': '4 3' })
}

function barsOf(bins: Float64Array): readonly number[] {
  const bars = new Array<number>(BARS).fill(0)
  let all = 0
  bins.forEach((count, bin) => {
    const bar = Math.min(BARS - 1, Math.floor(((bin / SCORE_BINS) * BARS) / MOST_SCORE))
    bars[bar] = (bars[bar] ?? 0) + count
    all += count
  })
  return bars.map((bar) => bar / (all || 1))
}

function tenths(): readonly number[] {
  return [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
}
