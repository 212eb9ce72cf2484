import { html, nothing, type TemplateResult } from 'lit-html'
import { districtName } from '../../web/format.ts'
import { icon } from '../../web/icons.ts'
import type { KioskState, Screen } from '../kiosk-state.ts'
import { attendScreen } from './attend.ts'
import { captureScreen } from './capture.ts'
import { cardScreen } from './card.ts'
import { checkingScreen } from './checking.ts'
import { consentScreen } from './consent.ts'
import type { KioskContext } from './context.ts'
import { doneScreen } from './done.ts'
import { idleScreen } from './idle.ts'
import { operatorStrip } from './operator-strip.ts'
import { pausedScreen } from './paused.ts'
import { stoppedScreen } from './stopped.ts'
import { tapScreen } from './tap.ts'

/** The whole kiosk page: the resident's screen and, below it, the operator's strip. */
export function kioskView(state: KioskState, context: KioskContext): TemplateResult {
  const { station, screen } = state
  const { strings } = context
  const place = { district: districtName(station.district), kiosk: station.kiosk }
  const tone = screen.name === 'tap' ? `tone-${screen.outcome}` : ''
  return html`<div class="kiosk screen-${screen.name} ${tone}">
    <header class="bar">
      ${icon('shield')}
      <p class="place">${strings.text('kiosk-place', place)}</p>
      ${
        station.isDemo
          ? html`<p class="mark" title=${strings.text('demo-explained')}>${strings.text('demo-mark')}</p>`
          : nothing
      }
    </header>
    <main aria-live="polite">${mainView(state, context)}</main>
    ${operatorStrip(state, context)}
  </div>`
}

/** Changes when the resident is to attend to something new, not with each frame of a capture. */
export function focusKeyOf({ screen, pausedFor }: KioskState): string {
  if (pausedFor !== undefined) return `paused ${screen.name}`
  if (screen.name === 'capture') return `capture ${screen.eye} ${screen.attempt}`
  if (screen.name === 'attend') return `attend ${screen.eye}`
  if (screen.name === 'card') return `card ${screen.step}`
  // The district's answer may come while the screen is still up.
  return screen.name === 'done' && screen.secondLook !== undefined ? 'second look' : screen.name
}

/** A step whose device is away asks nothing of the resident. */
function mainView({ screen, pausedFor }: KioskState, context: KioskContext): TemplateResult {
  const isStep = screen.name === 'capture' || screen.name === 'card'
  return isStep && pausedFor !== undefined
    ? pausedScreen(screen, context)
    : screenView(screen, context, pausedFor !== 'reader')
}

function screenView(screen: Screen, context: KioskContext, canTap: boolean): TemplateResult {
  switch (screen.name) {
    case 'idle':
      return idleScreen(context, canTap)
    case 'consent':
      return consentScreen(screen, context)
    case 'capture':
      return captureScreen(screen, context)
    case 'attend':
      return attendScreen(screen, context)
    case 'checking':
      return checkingScreen(screen, context)
    case 'card':
      return cardScreen(screen, context)
    case 'done':
      return doneScreen(screen, context)
    case 'tap':
      return tapScreen(screen, context)
    case 'stopped':
      return stoppedScreen(screen, context)
  }
}
