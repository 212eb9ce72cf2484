import { html, type TemplateResult } from 'lit-html'
import { momentText } from '../../web/format.ts'
import { type IconName, icon } from '../../web/icons.ts'
import type { Strings } from '../../web/strings.ts'
import type { EnrolmentStage, EnrolmentState, GatewayState } from '../gateway-state.ts'
import { foremostLook, lookText } from './look.ts'
import { section, table } from './section.ts'

const COLUMNS = [
  'record',
  'kiosk',
  'captured',
  'look',
  'stage',
  'assurance',
  'asked',
  'took',
] as const

const PICTURES: Record<EnrolmentStage, IconName> = {
  waiting: 'clock',
  'second-look': 'eye',
  final: 'tick',
}

/** The newest enrolments: where each stands, and who was asked about it. */
export function enrolmentsView({ enrolments }: GatewayState, strings: Strings): TemplateResult {
  const rows = enrolments.map((entry) => row(entry, strings))
  const body = rows.length === 0 ? undefined : table('enrolments', COLUMNS, rows, strings)
  return section('enrolments', strings, body)
}

function row(entry: EnrolmentState, strings: Strings): TemplateResult {
  const { asked, known, searched } = entry.coverage
  const look = foremostLook(entry.presentation)
  return html`<tr>
    <td class="code">${entry.record}</td>
    <td>${entry.kiosk}</td>
    <td>${momentText(strings, entry.captured)}</td>
    <td>${look === undefined ? strings.text('look-none') : lookText(look, strings)}</td>
    <td><span class="sign">${icon(PICTURES[entry.stage])}${strings.text(`stage-${entry.stage}`)}</span></td>
    <td>${strings.text(`assurance-${entry.assurance}`)}</td>
    <td>${strings.text('enrolments-coverage', { asked, known, searched })}</td>
    <td>${
      entry.finished === undefined
        ? strings.text('enrolments-open')
        : strings.text('span-seconds', { n: Math.max(0, entry.finished - entry.captured) })
    }</td>
  </tr>`
}
