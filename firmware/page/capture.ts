import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { Strings } from '../../web/strings.ts'
import type { CaptureScreen, Overlay, Polygon } from '../kiosk-state.ts'
import type { KioskContext } from './context.ts'
import { instructionPicture } from './instructions.ts'
import { liveFrame } from './live-frame.ts'

/** The live frame with what was found in it, one instruction, and the way out for this eye. */
export function captureScreen(screen: CaptureScreen, context: KioskContext): TemplateResult {
  const { strings, send } = context
  return html`<div class="capture">
    <figure class="frame">
      ${
        screen.frame === 0
          ? nothing
          : html`<img src=${liveFrame(`frame.png?n=${screen.frame}`)} alt=${strings.text('capture-frame')} />`
      }
      ${screen.overlay === undefined ? nothing : overlayView(screen.overlay)}
    </figure>
    <div class="side">
      <p class="step">${strings.text(`capture-eye-${screen.eye}`)}
        <span class="tries">${strings.text('capture-attempt', { n: screen.attempt })}</span></p>
      <div class="signs">
        ${instructionPicture(screen.instruction, screen.eye)}
        ${qualityRing(screen.quality, strings)}
      </div>
      <h1 class="prompt" tabindex="-1">${strings.text(`instruction-${screen.instruction}`)}</h1>
      <div class="actions">
        <button @click=${() => send({ name: 'cannot-use-this-eye' })}>
          ${strings.text('capture-cannot')}
        </button>
        <button class="quiet" @click=${() => send({ name: 'cancel' })}>
          ${strings.text('capture-cancel')}
        </button>
      </div>
    </div>
    ${announcement(screen, context)}
  </div>`
}

/** Whoever cannot bear flashes is told of them before they come, and has a way without. */
function announcement(
  { isAgain, isFlashing }: CaptureScreen,
  { strings, send }: KioskContext,
): TemplateResult {
  return html`<div class="announced">
    <p>${isAgain ? html`${strings.text('capture-again')} ` : nothing}${strings.text(
      isFlashing ? 'capture-flash' : 'capture-no-flash',
    )}</p>
    ${
      isFlashing
        ? html`<button @click=${() => send({ name: 'no-flashes' })}>
            ${strings.text('capture-cannot-flash')}
          </button>`
        : nothing
    }
  </div>`
}

/** Quality as a ring that fills and as a number: never colour alone. */
function qualityRing(quality: number, strings: Strings): TemplateResult {
  const text = strings.text('capture-quality')
  return html`<div class="quality">
    <svg class="ring" viewBox="0 0 80 80" role="meter" aria-label=${text}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow=${quality}>
      <circle class="track" cx="40" cy="40" r="34" />
      <circle class="value" cx="40" cy="40" r="34" pathLength="100"
        stroke-dasharray="${quality} 100" transform="rotate(-90 40 40)" />
      <text x="40" y="47" text-anchor="middle">${quality}</text>
    </svg>
    <span aria-hidden="true">${text}</span>
  </div>`
}

/** Pupil, limbus and mask over the frame, in the frame's own pixels. */
function overlayView(overlay: Overlay): TemplateResult {
  return html`<svg class="overlay" viewBox="0 0 ${overlay.width} ${overlay.height}" aria-hidden="true">
    <path class="mask" d=${overlay.mask.map(outline).join('')} />
    <path class="halo" d="${outline(overlay.limbus)}${outline(overlay.pupil)}" />
    ${svg`<path class="limbus" d=${outline(overlay.limbus)} />
    <path class="pupil" d=${outline(overlay.pupil)} />`}
  </svg>`
}

function outline(polygon: Polygon): string {
  return polygon.length < 2 ? '' : `M${polygon.map(([x, y]) => `${x} ${y}`).join('L')}Z`
}
