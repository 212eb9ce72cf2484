import common from '../../web/locales/en/common.ftl'
import gateway from '../../web/locales/en/gateway.ftl'
import { startPage } from '../../web/page.ts'
import { createStrings } from '../../web/strings.ts'
import { gatewayView } from './view.ts'

const root = document.querySelector<HTMLElement>('#page')
if (root !== null) {
  const page = {
    strings: createStrings('en-GB', [common, gateway]),
    title: 'gateway-title',
    stateUrl: 'events',
    commandUrl: 'commands',
    view: gatewayView,
  }
  // The page lives until it is closed: the browser ends the stream.
  startPage(root, page, new AbortController().signal)
}
