import type { Kiosk } from '../../firmware/kiosk.ts'
import type { KioskState } from '../../firmware/kiosk-state.ts'
import type { VirtualCard } from '../../hardware/nfc/virtual-card.ts'
import type { Place } from './bench.ts'

/**
 * Does at each screen what a willing resident with one card does, until a first enrolment is on the
 * card: begins, says yes, looks, lays the card down when asked, and lifts it at the end.
 */
export function startPilot(
  kiosk: Kiosk,
  place: Place,
  card: VirtualCard,
): { readonly stop: () => void } {
  let isBusy = false
  let again = false
  async function act(): Promise<void> {
    const { state } = kiosk
    const { screen } = state
    const mayBegin = !isEnrolled(state) && state.indicesLeft > 0
    if (screen.name === 'idle' && mayBegin) await kiosk.command({ name: 'begin' })
    else if (screen.name === 'consent') await kiosk.command({ name: 'consent', isGiven: true })
    else if (screen.name === 'stopped' && screen.reason !== 'storage') {
      await kiosk.command({ name: 'acknowledge' })
    } else if (screen.name === 'card' && !place.cards.has(card)) place.lay(card)
    else if (screen.name === 'idle' && state.enrolments.unfinished > 0) place.lay(card)
  }
  async function run(): Promise<void> {
    if (isBusy) {
      again = true
      return
    }
    isBusy = true
    do {
      again = false
      await act()
    } while (again)
    isBusy = false
  }
  const stop = kiosk.onState(() => void run())
  void run()
  return { stop }
}

/** True once this kiosk has issued a credential. */
export function isEnrolled({ enrolments }: KioskState): boolean {
  return enrolments.waiting + enrolments.final + enrolments.secondLook > 0
}

/** True once it is on its card. */
export function isFinished(state: KioskState): boolean {
  return isEnrolled(state) && state.enrolments.unfinished === 0
}
