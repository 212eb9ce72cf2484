import common from '../../web/locales/en/common.ftl'
import kiosk from '../../web/locales/en/kiosk.ftl'
import { startPage } from '../../web/page.ts'
import { createStrings } from '../../web/strings.ts'
import { tapSignal } from './tap-sounds.ts'
import { focusKeyOf, kioskView } from './view.ts'

const root = document.querySelector<HTMLElement>('#page')
if (root !== null) {
  const page = {
    strings: createStrings('en-GB', [common, kiosk]),
    title: 'kiosk-title',
    stateUrl: 'events',
    commandUrl: 'commands',
    view: kioskView,
    focusKey: focusKeyOf,
    signal: tapSignal,
  }
  // The page lives until it is closed: the browser ends the stream.
  startPage(root, page, new AbortController().signal)
}
