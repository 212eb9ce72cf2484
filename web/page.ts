import { html, nothing, render, type TemplateResult } from 'lit-html'
import { type CommandOutcome, sendCommand } from './commands.ts'
import { icon } from './icons.ts'
import { followState, type StreamLink } from './state-stream.ts'
import type { Strings } from './strings.ts'
import { playTones, type Tone } from './tones.ts'

/** What a page's view may use besides the state. */
export type PageContext = {
  readonly strings: Strings
  /** Sends a command; a second press while the first is under way does nothing. */
  readonly send: (command: object) => void
}

/** One page: its texts, where its state and its commands are, and how a state looks. */
export type Page<State> = {
  readonly strings: Strings
  /** Message id of the document's title. */
  readonly title: string
  readonly stateUrl: string
  readonly commandUrl: string
  /** Pure: the same state gives the same page. */
  readonly view: (state: State, context: PageContext) => TemplateResult
  /** Names what the resident is to attend to: when it changes, focus goes to the heading. */
  readonly focusKey?: (state: State) => string
  /** What is heard when `state` follows `previous`, if anything. */
  readonly signal?: (state: State, previous: State | undefined) => readonly Tone[]
}

/** Renders `page` into `root` on each snapshot until `signal` aborts. */
export function startPage<State>(root: HTMLElement, page: Page<State>, signal: AbortSignal): void {
  const { strings } = page
  document.documentElement.lang = strings.locale
  document.documentElement.dir = strings.direction
  document.title = strings.text(page.title)
  let state: State | undefined
  let link: StreamLink = 'connecting'
  let outcome: CommandOutcome = 'taken'
  let isSending = false
  let focusKey: string | undefined

  const send = async (command: object): Promise<void> => {
    if (isSending) return
    isSending = true
    outcome = await sendCommand(page.commandUrl, command)
    isSending = false
    show()
  }
  const context: PageContext = { strings, send: (command) => void send(command) }

  const show = (): void => {
    const body = state === undefined ? starting(strings) : page.view(state, context)
    render(html`${notice(strings, link, outcome)}${body}`, root)
    if (state === undefined || page.focusKey === undefined) return
    const key = page.focusKey(state)
    if (focusKey !== undefined && focusKey !== key) moveFocus(root)
    focusKey = key
  }
  const listener = {
    onState: (value: unknown) => {
      // The station that serves this page made the snapshot, and the same build holds both types.
      const previous = state
      state = value as State
      show()
      const tones = page.signal?.(state, previous) ?? []
      if (tones.length > 0) playTones(tones)
    },
    onLink: (value: StreamLink) => {
      link = value
      show()
    },
  }
  show()
  followState(page.stateUrl, listener, signal)
}

function starting(strings: Strings): TemplateResult {
  return html`<main class="starting"><h1>${strings.text('page-starting')}</h1></main>`
}

/** A band over the page while what it shows may be old; a live region, so that it is also read out. */
function notice(strings: Strings, link: StreamLink, outcome: CommandOutcome): TemplateResult {
  const id = link === 'lost' ? 'page-lost' : outcome === 'no-answer' ? 'page-no-answer' : undefined
  return html`<div class="notice" role="alert">${
    id === undefined ? nothing : html`<p>${icon('no-link')}<span>${strings.text(id)}</span></p>`
  }</div>`
}

/** A new step is read out and Tab starts at its first button, unless that person is elsewhere. */
function moveFocus(root: HTMLElement): void {
  const heading = root.querySelector<HTMLElement>('h1')
  const focused = document.activeElement
  const isElsewhere = focused?.closest('footer, header') != null
  // Inside a frame, focus would be taken from the page around it.
  if (!isElsewhere && document.hasFocus()) heading?.focus({ preventScroll: true })
}
