import type { Device } from '../../firmware/device/supervisor.ts'
import type { Act, Role } from './scenario.ts'
import { FINGER_ACT } from './scenarios/finger.ts'
import { NFC_ACT } from './scenarios/nfc.ts'
import { KEY_ACT } from './scenarios/operator-key.ts'
import { ORB_ACT } from './scenarios/orb.ts'
import { PANEL_ACT } from './scenarios/panel.ts'

/** Visits the peripheral and the scenes of a role; undefined where a role has no line of its own. */
export function onAct<T>(
  role: Role,
  visit: <D extends Device, H>(act: Act<D, H>) => T,
): T | undefined {
  switch (role) {
    case 'orb':
      return visit(ORB_ACT)
    case 'nfc':
      return visit(NFC_ACT)
    case 'finger':
      return visit(FINGER_ACT)
    case 'operator-key':
      return visit(KEY_ACT)
    case 'panel':
      return visit(PANEL_ACT)
    case 'card':
      return undefined
  }
}
