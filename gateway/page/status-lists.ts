import { html, type TemplateResult } from 'lit-html'
import { bytesText, momentText, spanText } from '../../web/format.ts'
import type { Strings } from '../../web/strings.ts'
import type { GatewayState, StatusListState } from '../gateway-state.ts'
import { section } from './section.ts'

/** What the district publishes, so that kiosks without a line can tell which cards still count. */
export function statusListsView({ statusLists }: GatewayState, strings: Strings): TemplateResult {
  const rows = statusLists.map((list) => listView(list, strings))
  const body = rows.length === 0 ? undefined : html`<ul class="lists">${rows}</ul>`
  return section('status', strings, body)
}

function listView(entry: StatusListState, strings: Strings): TemplateResult {
  const figures = [
    strings.text('status-valid', { n: entry.valid }),
    strings.text('status-pending', { n: entry.checkPending }),
    strings.text('status-leased', { n: entry.leased }),
    strings.text('status-issued', {
      moment: momentText(strings, entry.issued),
      span: spanText(strings, entry.ttlS),
    }),
    strings.text('status-size', { size: bytesText(strings, entry.bytes) }),
  ]
  return html`<li>
    <h3>${strings.text('status-list', { n: entry.list })}</h3>
    <ul>${figures.map((figure) => html`<li>${figure}</li>`)}</ul>
  </li>`
}
