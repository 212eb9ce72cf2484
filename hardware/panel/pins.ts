/** Firmata pin numbers of the panel's ATmega328P, as hardware/pinmap.yaml has them. */
export const PanelPin = {
  buttonHelp: 2,
  buttonStop: 3,
  buttonOperator: 4,
  lampReading: 5,
  lampOperator: 6,
  ringData: 7,
  ringClock: 8,
  sounder: 9,
  lampAlive: 13,
  door: 14,
  tamperLoop: 15,
  hostRestart: 16,
} as const
