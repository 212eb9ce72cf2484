import { html, nothing, type TemplateResult } from 'lit-html'
import { districtName, timeText } from '../../web/format.ts'
import { type IconName, icon } from '../../web/icons.ts'
import type { PageContext } from '../../web/page.ts'
import type { Strings } from '../../web/strings.ts'
import type { GatewayState } from '../gateway-state.ts'
import { casesView } from './cases.ts'
import { enrolmentsView } from './enrolments.ts'
import { peersView } from './peers.ts'
import { statusListsView } from './status-lists.ts'
import { trafficView } from './traffic.ts'

/** The whole console: what waits for people first, then what the machine did. */
export function gatewayView(state: GatewayState, { strings }: PageContext): TemplateResult {
  return html`<div class="console">
    ${header(state, strings)}
    <main>
      ${tiles(state, strings)}
      ${casesView(state, strings)}
      ${enrolmentsView(state, strings)}
      <div class="pair">${peersView(state, strings)}${statusListsView(state, strings)}</div>
      ${trafficView(state, strings)}
    </main>
  </div>`
}

function header(state: GatewayState, strings: Strings): TemplateResult {
  const line = state.isConnected ? 'gateway-broker-open' : 'gateway-broker-down'
  return html`<header class="bar">
    ${icon('shield')}
    <div class="place">
      <h1>${strings.text('gateway-place', { district: districtName(state.district) })}</h1>
      <p class="path">${state.district}</p>
    </div>
    <p class="sign ${state.isConnected ? '' : 'trouble'}" role="status">
      ${icon(state.isConnected ? 'link' : 'no-link')}${strings.text(line)}
    </p>
    <p class="sign">${icon('clock')}${timeText(strings, state.now)}</p>
    ${
      state.isDemo
        ? html`<p class="mark" title=${strings.text('demo-explained')}>${strings.text('demo-mark')}</p>`
        : nothing
    }
  </header>`
}

/** The district in numbers; what nobody has to act on stays small. */
function tiles({ counts, leaves }: GatewayState, strings: Strings): TemplateResult {
  const rows: readonly (readonly [string, IconName, number])[] = [
    ['enrolments', 'people', counts.enrolments],
    ['final', 'tick', counts.final],
    ['waiting', 'clock', counts.waiting],
    ['second-look', 'eye', counts.secondLook],
    ['open-cases', 'ticket', counts.openCases],
    ['leaves', 'queue', leaves],
    ['held', 'out', counts.held],
    ['refused', 'undo', counts.refused],
  ]
  return html`<dl class="tiles">
    ${rows.map(
      ([name, shape, n]) => html`<div class="tile tile-${name}">
        <dt>${icon(shape)}${strings.text(`tile-${name}`)}</dt>
        <dd>${strings.text('tile-number', { n })}</dd>
      </div>`,
    )}
  </dl>`
}
