import { html, nothing, type TemplateResult } from 'lit-html'
import { districtName, momentText, spanText } from '../../web/format.ts'
import { icon } from '../../web/icons.ts'
import { presentationWords } from '../../web/presentation.ts'
import type { Strings } from '../../web/strings.ts'
import type { CaseState, GatewayState, PresentationState } from '../gateway-state.ts'
import { lookText } from './look.ts'
import { section } from './section.ts'

/** Cases for people, the next deadline first. The machine's scores stand without a verdict. */
export function casesView({ cases, now }: GatewayState, strings: Strings): TemplateResult {
  if (cases.length === 0) return section('cases', strings, undefined)
  return section(
    'cases',
    strings,
    html`<p class="note">${strings.text('cases-note')}</p>
      <ul class="cases">${cases.map((entry) => caseView(entry, now, strings))}</ul>`,
  )
}

function caseView(entry: CaseState, now: number, strings: Strings): TemplateResult {
  const { otherDistrict, otherRecord } = entry
  const withWhom =
    otherDistrict === undefined
      ? strings.text('case-local')
      : strings.text('case-cross', { district: districtName(otherDistrict) })
  return html`<li class="case">
    <h3>${icon('ticket')}<span>${strings.text('case-title', { id: entry.id })}</span></h3>
    <p>${withWhom}</p>
    <dl class="records">
      <div><dt>${strings.text('case-own')}</dt><dd class="code">${entry.ownRecord}</dd></div>
      <div>
        <dt>${strings.text('case-other')}</dt>
        <dd class=${otherRecord === undefined ? '' : 'code'}>
          ${otherRecord ?? strings.text('case-other-unknown')}
        </dd>
      </div>
    </dl>
    ${presentationView(entry.ownPresentation, strings)}
    ${entry.view === undefined ? nothing : html`<p>${strings.text(`case-view-${entry.view}`)}</p>`}
    ${scoreBar('left', entry.left, strings)}${scoreBar('right', entry.right, strings)}
    <p class="deadline">${icon('clock')}<span>${deadlineText(entry, now, strings)}</span></p>
    ${
      entry.state === 'extended'
        ? html`<p class="sign trouble">${icon('again')}${strings.text('case-extended')}</p>`
        : nothing
    }
  </li>`
}

function deadlineText({ deadline }: CaseState, now: number, strings: Strings): string {
  const moment = momentText(strings, deadline)
  if (deadline <= now) return strings.text('case-deadline-past', { moment })
  return strings.text('case-deadline', { moment, span: spanText(strings, deadline - now) })
}

/** What our own kiosk saw of each eye, and whether somebody there looked: facts for the reviewers. */
function presentationView(
  looks: readonly PresentationState[],
  strings: Strings,
): TemplateResult | typeof nothing {
  if (looks.length === 0) return nothing
  return html`<dl class="records looks">${looks.map(
    (look) => html`<div>
      <dt>${strings.text(`look-${look.eye}`)}</dt>
      <dd>${lookText(look, strings)} <span class="code">${look.reason}</span><br />${look.checks
        .map((check) => presentationWords(check, strings))
        .join('. ')}</dd>
    </div>`,
  )}</dl>`
}

/** Two different eyes differ in about half their bits: the bar's far end. */
const FULL_SCALE = 0.5

/** One eye's score on a plain scale: no threshold and no colour that would decide for the reviewer. */
function scoreBar(
  eye: 'left' | 'right',
  score: number | undefined,
  strings: Strings,
): TemplateResult {
  const name = strings.text(`score-${eye}`)
  if (score === undefined) {
    return html`<div class="score"><span>${name}</span><span>${strings.text('score-absent')}</span></div>`
  }
  const text = strings.text('score-value', { share: Math.round(score * 1000) / 10 })
  const length = Math.min(100, (score / FULL_SCALE) * 100)
  return html`<div class="score">
    <span>${name}</span>
    <svg viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="${name}: ${text}">
      <rect class="track" width="100" height="8" />
      <rect class="value" width=${length} height="8" />
    </svg>
    <span>${text}</span>
  </div>`
}
