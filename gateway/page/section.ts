import { html, type TemplateResult } from 'lit-html'
import type { Strings } from '../../web/strings.ts'

/** A titled part of the console; `body` absent = it says what will appear here and how. */
export function section(
  name: string,
  strings: Strings,
  body: TemplateResult | undefined,
): TemplateResult {
  return html`<section class="part part-${name}" aria-labelledby="part-${name}">
    <h2 id="part-${name}">${strings.text(`${name}-title`)}</h2>
    ${body ?? html`<p class="empty">${strings.text(`${name}-empty`)}</p>`}
  </section>`
}

/** A table that scrolls inside itself where the window is narrow; it can be reached by keyboard. */
export function table(
  name: string,
  columns: readonly string[],
  rows: readonly TemplateResult[],
  strings: Strings,
): TemplateResult {
  return html`<div class="table" role="region" tabindex="0" aria-labelledby="part-${name}">
    <table>
      <thead>
        <tr>${columns.map((column) => html`<th scope="col">${strings.text(`${name}-${column}`)}</th>`)}</tr>
      </thead>
      <tbody>${rows}</tbody>
    </table>
  </div>`
}
