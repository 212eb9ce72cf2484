import { DAY_S, type UnixSeconds } from '../../protocol/time.ts'
import type { Gallery } from '../../runtime/gallery.ts'
import type { Store } from '../../runtime/store.ts'
import type { Journal } from './journal.ts'

/** Own enrolments stay on the kiosk for this long: the consent says so. */
export const KEEP_ENROLMENTS_S: number = 90 * DAY_S

/**
 * Erases the templates of own enrolments that are older than the consent allows; resolves to how
 * many. The journal's own row stays: nothing in it is biometric, and its card may still come.
 */
export async function eraseOldTemplates(
  store: Store,
  journal: Journal,
  gallery: Gallery,
  now: UnixSeconds,
): Promise<number> {
  let erased = 0
  for (const [handle, { issued }] of journal.rows) {
    if (issued + KEEP_ENROLMENTS_S > now) continue
    if ((await gallery.references(handle)) === undefined) continue
    await store.commit({ writes: gallery.erase(handle) })
    erased += 1
  }
  return erased
}
