import { html, nothing, svg, type TemplateResult } from 'lit-html'

/** Name of a shape. */
export type IconName =
  | 'go'
  | 'stop'
  | 'again'
  | 'one-card-please'
  | 'eye'
  | 'card'
  | 'tap'
  | 'ticket'
  | 'people'
  | 'person'
  | 'clock'
  | 'link'
  | 'no-link'
  | 'queue'
  | 'camera'
  | 'reader'
  | 'tick'
  | 'alert'
  | 'out'
  | 'shield'
  | 'home'
  | 'light'
  | 'undo'

/**
 * Our own shapes on a 48x48 ground, drawn with the text's colour. The four tap outcomes differ in
 * outline, not in colour alone: disc, octagon, round arrow, two cards.
 */
const SHAPES: Record<IconName, TemplateResult> = {
  go: svg`<circle cx="24" cy="24" r="22" class="fill"/><path class="cut" d="M13 25l8 8 15-17"/>`,
  stop: svg`<path class="fill" d="M15 2h18l13 13v18L33 46H15L2 33V15z"/><path class="cut" d="M15 15l18 18M33 15L15 33"/>`,
  again: svg`<path d="M40 17A18 18 0 1 0 42 25"/><path d="M42 6v12H30"/>`,
  'one-card-please': svg`<rect x="4" y="8" width="28" height="19" rx="3"/><path d="M4 14h28"/><rect x="17" y="21" width="28" height="19" rx="3" class="ground"/><path d="M17 27h28"/>`,
  eye: svg`<path d="M3 24c6-10 13-15 21-15s15 5 21 15c-6 10-13 15-21 15S9 34 3 24z"/><circle cx="24" cy="24" r="8"/><circle cx="24" cy="24" r="3" class="fill"/>`,
  card: svg`<rect x="4" y="11" width="40" height="26" rx="4"/><path d="M4 19h40M10 30h10"/>`,
  tap: svg`<rect x="3" y="17" width="25" height="17" rx="3"/><path d="M3 23h25"/><path d="M33 19a10 10 0 0 1 0 13M38 15a16 16 0 0 1 0 21M43 11a22 22 0 0 1 0 29"/>`,
  ticket: svg`<path d="M4 13h40v7a4 4 0 0 0 0 8v7H4v-7a4 4 0 0 0 0-8z"/><path d="M30 15v4m0 4v4m0 4v3"/>`,
  people: svg`<circle cx="17" cy="16" r="7"/><path d="M4 40c0-9 5-14 13-14s13 5 13 14z"/><path d="M31 10a7 7 0 0 1 0 13M34 27c7 1 10 6 10 13h-7"/>`,
  person: svg`<circle cx="24" cy="15" r="9"/><path d="M7 44c0-11 7-17 17-17s17 6 17 17"/>`,
  clock: svg`<circle cx="24" cy="24" r="20"/><path d="M24 12v13l8 5"/>`,
  link: svg`<path d="M6 18a26 26 0 0 1 36 0M13 26a16 16 0 0 1 22 0M19 33a8 8 0 0 1 10 0"/><circle cx="24" cy="40" r="2" class="fill"/>`,
  'no-link': svg`<path d="M6 18a26 26 0 0 1 20-7M13 26a16 16 0 0 1 9-5M33 23l9-5M19 33a8 8 0 0 1 10 0M8 42L42 6"/><circle cx="24" cy="40" r="2" class="fill"/>`,
  queue: svg`<path d="M8 6h32v10H8zM8 19h32v10H8zM8 32h32v10H8z"/>`,
  camera: svg`<circle cx="24" cy="22" r="16"/><circle cx="24" cy="22" r="6"/><path d="M14 44h20"/>`,
  reader: svg`<rect x="8" y="4" width="32" height="40" rx="4"/><path d="M18 20a9 9 0 0 1 12 0M21 26a4 4 0 0 1 6 0M24 33v0"/>`,
  tick: svg`<path d="M8 26l11 11 21-25"/>`,
  alert: svg`<path d="M24 5l21 37H3z"/><path d="M24 18v11M24 35v1"/>`,
  out: svg`<path d="M20 8H8v32h12M18 24h24M33 14l10 10-10 10"/>`,
  shield: svg`<path d="M24 4l17 6v13c0 11-7 18-17 21C14 41 7 34 7 23V10z"/><path d="M16 24l6 6 11-12"/>`,
  home: svg`<path d="M5 23L24 7l19 16"/><path d="M11 19v22h26V19"/><path d="M20 41V29h8v12"/>`,
  light: svg`<circle cx="24" cy="24" r="8"/><path d="M24 4v7M24 37v7M4 24h7M37 24h7M10 10l5 5M33 33l5 5M38 10l-5 5M15 33l-5 5"/>`,
  undo: svg`<path d="M14 8L5 17l9 9"/><path d="M5 17h24a12 12 0 0 1 0 24H15"/>`,
}

/** The shape; with `label` it is read out as that, without one it only accompanies a text. */
export function icon(name: IconName, label?: string): TemplateResult {
  return html`<svg
    class="icon icon-${name}"
    viewBox="0 0 48 48"
    role=${label === undefined ? nothing : 'img'}
    aria-label=${label ?? nothing}
    aria-hidden=${label === undefined ? 'true' : nothing}
    focusable="false"
  >${SHAPES[name]}</svg>`
}
