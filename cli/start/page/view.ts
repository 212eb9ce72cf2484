import { html, type TemplateResult } from 'lit-html'
import { districtName } from '../../../web/format.ts'
import { icon } from '../../../web/icons.ts'
import type { Strings } from '../../../web/strings.ts'
import type { RoomKiosk, RoomState } from '../room-state.ts'
import type { RoomContext } from './context.ts'
import { roomView } from './room.ts'
import { tourView } from './tour.ts'

/** The districts side by side: who is in the room, the kiosk they see, and their gateway. */
export function overviewView(state: RoomState, context: RoomContext): TemplateResult {
  const { strings } = context
  return html`<div class="overview">
    <header class="bar">
      ${icon('shield')}
      <div>
        <h1>${strings.text('overview-heading')}</h1>
        <p>${strings.text('overview-more')}</p>
      </div>
    </header>
    ${tourView(state, context)}
    <main class="districts">
      ${state.kiosks.map((kiosk) => districtView(kiosk, state, context))}
    </main>
  </div>`
}

function districtView(kiosk: RoomKiosk, state: RoomState, context: RoomContext): TemplateResult {
  const { strings } = context
  const district = districtName(kiosk.district)
  const kioskUrl = `kiosk/${encodeURIComponent(kiosk.name)}/`
  const gatewayUrl = `gateway/${encodeURIComponent(kiosk.gateway)}/`
  return html`<section class="district" aria-label=${strings.text('district-name', { district })}>
    <header>
      <h2>${strings.text('district-name', { district })}</h2>
      ${alone('kiosk', kioskUrl, strings)} ${alone('gateway', gatewayUrl, strings)}
    </header>
    ${roomView(kiosk, state, context)}
    <iframe class="kiosk" src=${kioskUrl} title=${strings.text('pane-kiosk', { district })}></iframe>
    <iframe class="gateway" src=${gatewayUrl} title=${strings.text('pane-gateway', { district })}></iframe>
  </section>`
}

function alone(kind: 'kiosk' | 'gateway', url: string, strings: Strings): TemplateResult {
  return html`<a class="alone" href=${url} target="_blank" rel="noopener">${strings.text(`pane-${kind}-alone`)}${icon('out')}</a>`
}
