import common from '../../../web/locales/en/common.ftl'
import overview from '../../../web/locales/en/overview.ftl'
import { startPage } from '../../../web/page.ts'
import { createStrings } from '../../../web/strings.ts'
import { overviewView } from './view.ts'

const root = document.querySelector<HTMLElement>('#page')
if (root !== null) {
  const page = {
    strings: createStrings('en-GB', [common, overview]),
    title: 'overview-title',
    stateUrl: 'room/events',
    commandUrl: 'room/commands',
    view: overviewView,
  }
  // The page lives until it is closed: the browser ends the stream.
  startPage(root, page, new AbortController().signal)
}
