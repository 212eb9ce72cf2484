import { html, type TemplateResult } from 'lit-html'
import { bytesText, spanText, timeText } from '../../web/format.ts'
import { type IconName, icon } from '../../web/icons.ts'
import type { Strings } from '../../web/strings.ts'
import type { DeviceState, KioskState } from '../kiosk-state.ts'

/** A clock that may be off by more than this is worth the operator's look. */
const CLOCK_UNSURE_S = 60

/** Line, queue, devices and clock in one row; opened, each with its figures and what to do. */
export function operatorStrip(state: KioskState, strings: Strings): TemplateResult {
  const { link, devices, clock } = state
  const isSure = clock.uncertaintyS <= CLOCK_UNSURE_S
  return html`<footer>
    <details class="operator">
      <summary>
        ${sign(link.isConnected ? 'link' : 'no-link', link.isConnected, strings.text(lineId(state)))}
        ${sign('queue', true, strings.text('operator-queue', { n: link.queued }))}
        ${sign('camera', isReady(devices.orb), deviceText('orb', devices.orb, strings))}
        ${sign('reader', isReady(devices.reader), deviceText('reader', devices.reader, strings))}
        ${sign('clock', isSure, timeText(strings, clock.unix))}
      </summary>
      <dl class="figures">${figures(state, strings)}</dl>
    </details>
  </footer>`
}

function figures(state: KioskState, strings: Strings): readonly TemplateResult[] {
  const { link, clock, enrolments, devices } = state
  const rows: readonly (readonly [string, string])[] = [
    ['line', strings.text(`${lineId(state)}-more`)],
    [
      'queue',
      link.queued === 0
        ? strings.text('operator-queue-empty')
        : strings.text('operator-queue-oldest', {
            n: link.queued,
            age: spanText(strings, link.oldestS),
          }),
    ],
    ['receipts', strings.text('operator-receipts-figure', { n: link.receipts })],
    ['refused', strings.text('operator-refused-figure', { n: link.refused })],
    [
      'traffic',
      strings.text('operator-traffic-figure', {
        sent: bytesText(strings, link.sentBytes),
        received: bytesText(strings, link.receivedBytes),
      }),
    ],
    ['orb', deviceSentence('orb', devices.orb, strings)],
    ['reader', deviceSentence('reader', devices.reader, strings)],
    [
      'clock',
      strings.text('operator-clock-figure', { source: clock.source, seconds: clock.uncertaintyS }),
    ],
    ['people', strings.text('operator-people-figure', { n: state.people })],
    ['enrolments', strings.text('operator-enrolments-figure', enrolments)],
    ['indices', strings.text('operator-indices-figure', { n: state.indicesLeft })],
  ]
  return rows.map(
    ([name, text]) =>
      html`<div><dt>${strings.text(`operator-${name}-name`)}</dt><dd>${text}</dd></div>`,
  )
}

/** A shape and a word; trouble also has its own mark, so that it does not hang on colour. */
function sign(name: IconName, isWell: boolean, text: string): TemplateResult {
  return html`<span class="sign ${isWell ? '' : 'trouble'}">${icon(isWell ? name : name === 'no-link' ? name : 'alert')}<span>${text}</span></span>`
}

function lineId({ link }: KioskState): string {
  return link.isConnected ? 'operator-line-open' : 'operator-line-down'
}

function isReady({ status }: DeviceState): boolean {
  return status === 'ready'
}

function deviceText(kind: 'orb' | 'reader', device: DeviceState, strings: Strings): string {
  return strings.text(`operator-${kind}-${device.status}`)
}

/** The device's own sentence says what to do, down to the cable. */
function deviceSentence(kind: 'orb' | 'reader', device: DeviceState, strings: Strings): string {
  const status = deviceText(kind, device, strings)
  const more = device.sentence === '' ? device.name : device.sentence
  return strings.text('operator-device-figure', { status, more })
}
