import { noChange } from 'lit-html'
import { type AttributePart, Directive, directive, type PartInfo } from 'lit-html/directive.js'

/**
 * Sets an image's `src` only when the last one has arrived: a new address each 100 ms would cancel
 * every load on a slow link, and the resident would see no frame at all.
 */
class LiveFrame extends Directive {
  #wanted: string | undefined
  #element: HTMLImageElement | undefined

  override update(part: AttributePart, [url]: [string]): unknown {
    if (this.#element === undefined) {
      this.#element = part.element as HTMLImageElement
      for (const name of ['load', 'error']) this.#element.addEventListener(name, () => this.#next())
      this.#element.src = url
      return noChange
    }
    this.#wanted = url
    if (this.#element.complete) this.#next()
    return noChange
  }

  override render(url: string): unknown {
    return url
  }

  #next(): void {
    if (this.#element === undefined || this.#wanted === undefined) return
    this.#element.src = this.#wanted
    this.#wanted = undefined
  }
}

/** An address for `src=${…}` of an image that changes faster than it may load. */
export const liveFrame: (url: string) => unknown = directive(
  LiveFrame as unknown as new (
    part: PartInfo,
  ) => LiveFrame,
)
