/** One request, with its whole body. */
export type HttpRequest = {
  readonly method: string
  readonly path: string
  /** What a route that ends in `/*` left open; empty for all others. */
  readonly rest: string
  readonly query: URLSearchParams
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined }
  readonly body: Uint8Array
}

/** Where an answer that does not end goes to. */
export type Outlet = {
  /** False when the line is behind: what is written then waits in memory. */
  write(text: string): boolean
  /** Calls back once the line has taken all that was written. */
  onDrain(listener: () => void): void
  end(): void
  /** Aborted when the other end or the server is gone. */
  readonly closed: AbortSignal
}

/** An answer: a whole body, or a stream that is written as it comes. */
export type Reply = {
  readonly status: number
  readonly type?: string
  readonly headers?: { readonly [name: string]: string }
  readonly body?: string | Uint8Array
  readonly stream?: (outlet: Outlet) => void
}

/** Answers one request. */
export type Handler = (request: HttpRequest) => Reply | Promise<Reply>

/** Handlers by `METHOD /path`; a path that ends in `/*` takes all below it. GET answers HEAD too. */
export type Routes = { readonly [route: `${'GET' | 'POST'} /${string}`]: Handler }

/** A problem as RFC 9457 has it; `code` is stable, `detail` is for people. */
export function problem(status: number, code: string, detail: string): Reply {
  const body = JSON.stringify({ status, code, detail })
  return { status, type: 'application/problem+json', body }
}
