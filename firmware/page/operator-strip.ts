import { html, nothing, type TemplateResult } from 'lit-html'
import { bytesText, spanText, timeText } from '../../web/format.ts'
import { type IconName, icon } from '../../web/icons.ts'
import type { Strings } from '../../web/strings.ts'
import type { DeviceState, DeviceStates, KioskState } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'

/** A clock that may be off by more than this is worth the operator's look. */
const CLOCK_UNSURE_S = 60

/** Line, queue, devices and clock in one row; opened, each with its figures and what to do. */
export function operatorStrip(state: KioskState, { strings, send }: KioskContext): TemplateResult {
  const { link, devices, clock } = state
  const isSure = clock.uncertaintyS <= CLOCK_UNSURE_S
  return html`<footer>
    ${troubleLine(devices)}
    <details class="operator">
      <summary>
        ${sign(link.isConnected ? 'link' : 'no-link', link.isConnected, strings.text(lineId(state)))}
        ${sign('queue', true, strings.text('operator-queue', { n: link.queued }))}
        ${sign('camera', isReady(devices.orb), deviceText('orb', devices.orb, strings))}
        ${sign('reader', isReady(devices.reader), deviceText('reader', devices.reader, strings))}
        ${sign('clock', isSure, timeText(strings, clock.unix))}
      </summary>
      <dl class="figures">${figures(state, strings)}</dl>
      ${
        link.isRefused
          ? html`<button @click=${() => send({ name: 'try-the-line' })}>
              ${strings.text('operator-line-again')}
            </button>`
          : nothing
      }
    </details>
  </footer>`
}

/** What to do at the first device that is away, without a touch: which cable. */
function troubleLine({ orb, reader, panel }: DeviceStates): TemplateResult | typeof nothing {
  const trouble = [orb, reader, panel].find((device) => device !== undefined && !isReady(device))
  if (trouble === undefined) return nothing
  return html`<p class="todo" role="status">${icon('alert')}<span>${trouble.sentence}</span></p>`
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
    ...(devices.panel === undefined
      ? []
      : [['panel', deviceSentence('panel', devices.panel, strings)] as const]),
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
  if (link.isRefused) return 'operator-line-refused'
  return link.isConnected ? 'operator-line-open' : 'operator-line-down'
}

function isReady({ status }: DeviceState): boolean {
  return status === 'ready'
}

function deviceText(kind: keyof DeviceStates, device: DeviceState, strings: Strings): string {
  return strings.text(`operator-${kind}-${device.status}`)
}

/** The device's own sentence says what to do, down to the cable. */
function deviceSentence(kind: keyof DeviceStates, device: DeviceState, strings: Strings): string {
  const status = deviceText(kind, device, strings)
  const more = device.sentence === '' ? device.name : device.sentence
  return strings.text('operator-device-figure', { status, more })
}
