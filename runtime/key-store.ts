/** Secret bytes by name, in the best place that this machine has; `rung` names that place. */
export type KeyStore = {
  /** "file" today; the issuer's certificate states it (people §3, keys). */
  readonly rung: string
  load(name: string): Promise<Uint8Array | undefined>
  /** Makes `lengthBytes` random bytes and saves them; throws `store.key-exists` rather than overwrite. */
  create(name: string, lengthBytes: number): Promise<Uint8Array>
  /** Saves bytes made elsewhere; throws `store.key-exists` rather than overwrite. */
  save(name: string, bytes: Uint8Array): Promise<void>
}
