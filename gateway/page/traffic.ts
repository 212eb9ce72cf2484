import { html, type TemplateResult } from 'lit-html'
import { bytesText } from '../../web/format.ts'
import type { Strings } from '../../web/strings.ts'
import type { GatewayState } from '../gateway-state.ts'
import { section, table } from './section.ts'

const COLUMNS = ['type', 'received', 'received-bytes', 'sent', 'sent-bytes'] as const

/** Messages by type since the gateway started: all that leaves and enters the district. */
export function trafficView({ traffic }: GatewayState, strings: Strings): TemplateResult {
  if (traffic.types.length === 0) return section('traffic', strings, undefined)
  const rows = traffic.types.map(
    (row) => html`<tr>
      <td class="code">${row.type}</td>
      <td class="number">${row.received}</td>
      <td class="number">${bytesText(strings, row.receivedBytes)}</td>
      <td class="number">${row.sent}</td>
      <td class="number">${bytesText(strings, row.sentBytes)}</td>
    </tr>`,
  )
  const total = strings.text('traffic-total', {
    received: bytesText(strings, traffic.receivedBytes),
    sent: bytesText(strings, traffic.sentBytes),
  })
  return section(
    'traffic',
    strings,
    html`<p class="note">${total}</p>${table('traffic', COLUMNS, rows, strings)}`,
  )
}
