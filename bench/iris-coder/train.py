"""Makes biometrics/iris/coder/weights.ts of template records on standard input (bench/iris-coder/records.ts).

Needs numpy; takes two minutes of one core. The sums of floats differ from machine to machine, so another
run makes other weights that code as well: they are another coding (docs/iris-template.md, 4).
"""

import sys
from base64 import b64encode
from struct import pack

import numpy as np

CELLS, STEP, ROUNDS, BATCH = 16, 64, 12, 2048
OWN = [
    [(0, -k) for k in range(1, 9)] + [(-1, k) for k in range(-6, 9)] + [(-2, k) for k in range(-4, 6)],
    [(0, -k) for k in range(1, 7)] + [(-1, k) for k in range(-5, 6)] + [(-2, k) for k in range(-3, 4)],
]
COARSE = [
    [],
    [(0, k) for k in range(-4, 5)] + [(-1, k) for k in range(-2, 3)] + [(1, k) for k in range(-2, 3)],
]


def signs(raw):
    """Records as signs: template, scale, row, column, (use, re, im); re and im are 0 where masked."""
    words = np.frombuffer(raw, "<u4").reshape(-1, 3, 256)
    bits = (words[..., None] >> np.arange(32, dtype=np.uint32) & 1).astype(np.int8)
    re, im, mask = bits.reshape(-1, 3, 256, 2, 16).transpose(1, 0, 3, 4, 2)
    return np.stack([2 * mask - 1, (2 * re - 1) * mask, (2 * im - 1) * mask], -1)


def neighbour(plane, down, on, is_causal):
    moved = np.roll(plane, -on, axis=2)
    if is_causal and down == 0:
        moved[:, :, :-on] = 0
    shifted = np.zeros_like(moved)
    if down == 0:
        return moved
    if down < 0:
        shifted[:, -down:] = moved[:, :down]
    else:
        shifted[:, :-down] = moved[:, down:]
    return shifted


def inputs(all_signs, scale):
    own = all_signs[:, scale]
    parts = [neighbour(own, *place, True) for place in OWN[scale]]
    parts += [neighbour(all_signs[:, 0], *place, False) for place in COARSE[scale]]
    where = np.zeros((16, 256, 32), np.int8)
    for row in range(16):
        where[row, :, row] = 1
    for column in range(256):
        where[:, column, 16 + column // 16] = 1
    parts.append(np.broadcast_to(where, (len(own), 16, 256, 32)))
    x = np.concatenate(parts, -1)
    return x.reshape(-1, x.shape[-1]), (own > 0).reshape(-1, 3)


def gradient(answers, y):
    """Of the bits that the answers cost: mask always, re and im where the mask is 1, im by its re."""
    chance = 1 / (1 + np.exp(-answers))
    mask, re, im = y.T
    wrong = np.stack([chance[:, 0] - mask, chance[:, 1] - re, chance[:, 2] - im, chance[:, 3] - im], 1)
    return wrong * np.stack([np.ones_like(mask), mask, mask & ~re, mask & re], 1) / len(y)


def train(x, y):
    rng = np.random.default_rng(1)
    width = x.shape[1]
    weights = [
        rng.normal(0, width**-0.5, (width, CELLS)).astype(np.float32),
        np.full(CELLS, 0.1, np.float32),
        rng.normal(0, 0.3 * CELLS**-0.5, (CELLS, 4)).astype(np.float32),
        np.zeros(4, np.float32),
    ]
    mean = [np.zeros_like(w) for w in weights]
    square = [np.zeros_like(w) for w in weights]
    steps, step = ROUNDS * (len(x) // BATCH), 0
    for _ in range(ROUNDS):
        order = rng.permutation(len(x))
        for first in range(0, len(x) - BATCH + 1, BATCH):
            chosen = order[first : first + BATCH]
            xs = x[chosen].astype(np.float32)
            cells = np.maximum(xs @ weights[0] + weights[1], 0)
            out = gradient(cells @ weights[2] + weights[3], y[chosen]).astype(np.float32)
            back = (out @ weights[2].T) * (cells > 0)
            step += 1
            rate = 4e-3 * max(0.02, 0.5 * (1 + np.cos(np.pi * step / steps)))
            for k, g in enumerate([xs.T @ back, back.sum(0), cells.T @ out, out.sum(0)]):
                mean[k] = 0.9 * mean[k] + 0.1 * g
                square[k] = 0.999 * square[k] + 0.001 * g**2
                grown = np.sqrt(square[k] / (1 - 0.999**step)) + 1e-8
                weights[k] = (weights[k] - rate * mean[k] / (1 - 0.9**step) / grown).astype(np.float32)
    return weights


def packed(near, start, far, last):
    """Each cell is scaled so that its largest weight fits a signed byte of steps of 1/64."""
    scale = np.maximum(np.abs(near).max(0), np.abs(start)) / 1.98
    small = np.round(np.vstack([near / scale, start / scale]) * STEP).clip(-127, 127).astype(int)
    large = np.vstack([far * scale[:, None] * STEP, last * STEP * STEP]).round().astype(int)
    return b"".join(pack("16b", *row) for row in small) + b"".join(pack("<4i", *row) for row in large)


all_signs = signs(sys.stdin.buffer.read())
print(f"{len(all_signs)} templates", file=sys.stderr)
texts = [b64encode(packed(*train(*inputs(all_signs, scale)))).decode() for scale in (0, 1)]
print(
    """/**
 * Weights of the model by scale, coarse first, in base64 (docs/iris-template.md §4 has their order). Sums
 * over hundreds of eyes, nobody's template; written by bench/iris-coder/train.py. Whoever changes one of
 * them makes another coding, with another first byte.
 */
export const MODEL_WEIGHTS: readonly string[] = ["""
)
for text in texts:
    lines = "".join(f"    '{text[i : i + 92]}',\n" for i in range(0, len(text), 92))
    print(f"  [\n{lines}  ].join(''),")
print("]")
