import type { RoomState } from '../../cli/start/room-state.ts'

const OTHERS: RoomState['residents'] = ['Amina', 'Jun', 'Rosa', 'Bako'].map((name) => ({
  id: name.toLowerCase(),
  name,
  cards: [],
}))

/** Two districts with a kiosk each, six residents, nobody anywhere: the tour has not begun. */
export const ROOM: RoomState = {
  kiosks: [
    { name: 'east', district: 'demo.alpha.north.east', gateway: 'east' },
    { name: 'west', district: 'demo.alpha.north.west', gateway: 'west' },
  ],
  residents: [
    { id: 'leila', name: 'Leila', cards: [] },
    { id: 'tomas', name: 'Tomás', cards: [] },
    ...OTHERS,
  ],
  guide: {
    done: [],
    hint: 'stand',
    kiosk: 'east',
    resident: 'leila',
    action: { name: 'stand', kiosk: 'east', resident: 'leila' },
  },
}

/** Leila has her card, and it lies on the reader of the first district. */
export const ROOM_AFTER_ENROLMENT: RoomState = {
  kiosks: [
    {
      name: 'east',
      district: 'demo.alpha.north.east',
      gateway: 'east',
      standing: 'leila',
      card: 'leila-1',
    },
    { name: 'west', district: 'demo.alpha.north.west', gateway: 'west', standing: 'tomas' },
  ],
  residents: [
    { id: 'leila', name: 'Leila', cards: [{ id: 'leila-1', label: '1', kiosk: 'east' }] },
    { id: 'tomas', name: 'Tomás', cards: [{ id: 'tomas-1', label: '1' }] },
    ...OTHERS,
  ],
  guide: {
    done: ['enrol'],
    hint: 'lift-card',
    kiosk: 'east',
    resident: 'leila',
    action: { name: 'remove', kiosk: 'east' },
  },
}

/** The tour is through: a case waits for people. */
export const ROOM_AT_THE_END: RoomState = {
  ...ROOM_AFTER_ENROLMENT,
  guide: { done: ['enrol', 'tap', 'caught'], hint: 'see-case', kiosk: 'west', resident: 'leila' },
}

/** A folder of real images: more people than there is room for buttons. */
export const CROWDED_ROOM: RoomState = {
  ...ROOM,
  residents: Array.from({ length: 120 }, (_, i) => ({
    id: `subject-${i + 1}`,
    name: `Subject ${i + 1}`,
    cards: [],
  })),
  guide: { ...ROOM.guide, resident: 'subject-1' },
}
