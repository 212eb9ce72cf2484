/** Error codes of a PN532 answer's status byte, bits 0 to 5 (UM0701-02 §7.1), and what they mean. */
const STATUS: Readonly<Record<number, { readonly text: string; readonly isLoss: boolean }>> = {
  1: { text: 'the card did not answer in time', isLoss: true },
  2: { text: 'wrong checksum from the card', isLoss: true },
  3: { text: 'wrong parity from the card', isLoss: true },
  4: { text: 'wrong bit count in the anticollision', isLoss: true },
  5: { text: 'framing fault from the card', isLoss: true },
  6: { text: 'two cards answered at once', isLoss: true },
  7: { text: 'the reader has too little memory', isLoss: false },
  9: { text: 'the radio buffer overflowed', isLoss: true },
  10: { text: 'the radio field did not come up in time', isLoss: true },
  11: { text: 'radio protocol fault', isLoss: true },
  13: { text: 'the reader is too hot', isLoss: false },
  14: { text: 'the reader overflowed', isLoss: false },
  16: { text: 'a parameter is out of range', isLoss: false },
  18: { text: 'protocol command not supported', isLoss: false },
  19: { text: 'wrong data format from the card', isLoss: true },
  20: { text: 'authentication failed', isLoss: false },
  35: { text: 'wrong check byte of the UID', isLoss: true },
  37: { text: 'the reader is not in a state for this', isLoss: false },
  38: { text: 'operation not allowed', isLoss: false },
  39: { text: 'the card is not activated', isLoss: true },
  41: { text: 'the card was released', isLoss: true },
  42: { text: 'another card came in its place', isLoss: true },
  43: { text: 'the card has gone', isLoss: true },
  45: { text: 'the reader draws too much current', isLoss: false },
}

/** What a status code says, in words. */
export function pn532StatusText(code: number): string {
  return STATUS[code]?.text ?? `reader status 0x${code.toString(16).padStart(2, '0')}`
}

/** True when the card left the field or was not read clearly: putting it back is the cure. */
export function isCardLoss(code: number): boolean {
  return STATUS[code]?.isLoss ?? false
}
