import { html, svg, type TemplateResult } from 'lit-html'
import type { EyePosition } from '../../protocol/image.ts'
import type { InstructionId } from '../kiosk-state.ts'

/** What moves or changes, beside the face; drawn after the principle of ISO/IEC 24779: one action each. */
const ACTIONS: Record<InstructionId, TemplateResult> = {
  'look-into-the-camera': svg`<path class="ray" d="M78 32h26"/><circle cx="118" cy="32" r="12"/><circle cx="118" cy="32" r="4" class="fill"/>`,
  'come-closer': svg`<path d="M78 32h26M94 21l11 11-11 11"/><path d="M122 10v44"/>`,
  'move-back': svg`<path d="M106 32H80M90 21L79 32l11 11"/><path d="M122 10v44"/>`,
  'open-your-eye': svg`<path d="M80 32c8-11 34-11 42 0-8 11-34 11-42 0z"/><circle cx="101" cy="32" r="5" class="fill"/><path d="M101 12V3M101 52v9M95 9l6-6 6 6M95 55l6 6 6-6"/>`,
  'look-straight': svg`<path d="M101 8v12M101 44v12M77 32h12M113 32h12"/><circle cx="101" cy="32" r="6" class="fill"/>`,
  'hold-still': svg`<path d="M82 12v40M92 18v28M110 18v28M120 12v40"/>`,
  'take-off-glasses': svg`<circle cx="88" cy="40" r="11"/><circle cx="114" cy="40" r="11"/><path d="M99 39h4M101 24V4M92 12l9-9 9 9"/>`,
  'less-light': svg`<circle cx="101" cy="32" r="10"/><path d="M84 32h-7M118 32h7M101 15V8M101 49v7" class="ray"/><path d="M80 56L122 8"/>`,
  'more-light': svg`<circle cx="101" cy="32" r="10"/><path d="M84 32h-9M118 32h9M101 15V5M101 49v10M89 20l-7-7M113 20l7-7M89 44l-7 7M113 44l7 7"/>`,
  'look-at-the-ring': svg`<circle cx="101" cy="32" r="20"/><circle cx="101" cy="32" r="6" class="fill"/><path class="ray" d="M101 4v3M101 57v3M73 32h3M126 32h3"/>`,
  'thank-you': svg`<path d="M80 34l14 14 28-32"/>`,
}

/** A face whose eye in question is filled, and what to do. The face is seen as in a mirror. */
export function instructionPicture(id: InstructionId, eye: EyePosition): TemplateResult {
  return html`<svg class="picture" viewBox="0 0 132 64" aria-hidden="true" focusable="false">
    <circle cx="32" cy="32" r="29" />
    <circle cx="21" cy="26" r="6" class=${eye === 'left' ? 'fill' : ''} />
    <circle cx="43" cy="26" r="6" class=${eye === 'right' ? 'fill' : ''} />
    <path d="M22 46c6 5 14 5 20 0" />
    ${ACTIONS[id]}
  </svg>`
}
