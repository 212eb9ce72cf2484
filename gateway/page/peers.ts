import { html, type TemplateResult } from 'lit-html'
import { districtName, spanText } from '../../web/format.ts'
import { icon } from '../../web/icons.ts'
import type { Strings } from '../../web/strings.ts'
import type { GatewayState, PeerState } from '../gateway-state.ts'
import { section } from './section.ts'

/** The other districts of the trust list, and whether they can be asked. */
export function peersView({ peers, now }: GatewayState, strings: Strings): TemplateResult {
  if (peers.length === 0) return section('peers', strings, undefined)
  const rows = peers.map(
    (peer) => html`<li class="peer">
      <h3>${districtName(peer.path)}</h3>
      <p class="path">${peer.path}</p>
      <p class="sign ${peer.isConnected ? '' : 'trouble'}">
        ${icon(peer.isConnected ? 'link' : 'no-link')}${strings.text(lineId(peer))}
      </p>
      <p>${contactText(peer, now, strings)}</p>
      <p>${strings.text('peers-unanswered', { n: peer.unanswered })}</p>
    </li>`,
  )
  return section('peers', strings, html`<ul class="peers">${rows}</ul>`)
}

function lineId({ isConfigured, isConnected }: PeerState): string {
  if (isConnected) return 'peers-open'
  return isConfigured ? 'peers-down' : 'peers-unconfigured'
}

function contactText({ lastContact }: PeerState, now: number, strings: Strings): string {
  if (lastContact === undefined) return strings.text('peers-silent')
  return strings.text('peers-heard', { span: spanText(strings, now - lastContact) })
}
