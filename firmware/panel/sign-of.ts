import type { SignName } from '../../hardware/panel/signs.ts'
import type { CardStep, KioskState, TapScreen } from '../kiosk-state.ts'

/** What the panel says of a state of the kiosk, so that nobody needs the screen. */
export function signOf(state: Pick<KioskState, 'screen' | 'devices' | 'pausedFor'>): SignName {
  const { screen, devices, pausedFor } = state
  // "One moment": what the step asks for would be in vain now.
  if (pausedFor !== undefined && screen.name !== 'idle') return 'pause'
  switch (screen.name) {
    case 'idle':
      return isReady(devices.orb) && isReady(devices.reader) ? 'idle' : 'fault'
    case 'consent':
      return 'welcome'
    case 'capture':
      return screen.eye === 'left' ? 'lookLeft' : 'lookRight'
    case 'attend':
    case 'stopped':
      // An enrolment that ends is no fault of the resident's: no red, no sound.
      return 'pause'
    case 'checking':
      return 'working'
    case 'card':
      return CARD_SIGNS[screen.step]
    case 'done':
      return 'go'
    case 'tap':
      return TAP_SIGNS[screen.outcome]
  }
}

/** How bright the reading lamp burns, 0..255: where there is something to read or a card to lay. */
export function readingLight({ screen }: Pick<KioskState, 'screen'>): number {
  return screen.name === 'consent' || screen.name === 'card' ? 160 : 0
}

const CARD_SIGNS: Readonly<Record<CardStep, SignName>> = {
  place: 'placeCard',
  writing: 'working',
  'reading-back': 'working',
  moved: 'again',
  'not-ours': 'again',
  'in-use': 'again',
  'another-card': 'again',
  several: 'oneCard',
}

const TAP_SIGNS: Readonly<Record<TapScreen['outcome'], SignName>> = {
  go: 'go',
  stop: 'stop',
  again: 'again',
  'one-card-please': 'oneCard',
}

function isReady({ status }: KioskState['devices']['orb']): boolean {
  return status === 'ready'
}
