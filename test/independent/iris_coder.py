"""Reads coded iris templates with nothing but docs/iris-template.md §4 and the standard library.

Standard input: {"weights": [base64, base64], "coded": [hex, ...]}. Prints the SHA-256 of each record,
and of each whether its bytes are all of its bits, as JSON.
"""

import json
import sys
from base64 import b64decode
from hashlib import sha256
from struct import pack, unpack_from

CURVE = [
    32768, 36843, 40793, 44511, 47911, 50941, 53581, 55834, 57724, 59287, 60565,
    61598, 62428, 63090, 63615, 64030, 64357, 64614, 64816, 64974, 65097, 65194,
    65269, 65328, 65374, 65410, 65438, 65459, 65476, 65489, 65500, 65508, 65514,
]  # fmt: skip

OWN = [
    [(0, -k) for k in range(1, 9)] + [(-1, k) for k in range(-6, 9)] + [(-2, k) for k in range(-4, 6)],
    [(0, -k) for k in range(1, 7)] + [(-1, k) for k in range(-5, 6)] + [(-2, k) for k in range(-3, 4)],
]
COARSE = [
    [],
    [(0, k) for k in range(-4, 5)] + [(-1, k) for k in range(-2, 3)] + [(1, k) for k in range(-2, 3)],
]


def chance(quarters_of_64):
    size = min(abs(quarters_of_64), 2048)
    low = CURVE[size // 64]
    p = low if size == 2048 else low + (CURVE[size // 64 + 1] - low) * (size % 64) // 64
    return p if quarters_of_64 >= 0 else 65536 - p


class Bits:
    def __init__(self, data):
        self.data, self.at, self.low, self.high, self.value = data, 4, 0, 2**32 - 1, 0
        self.value = int.from_bytes((data + bytes(4))[:4], "big")

    def take(self, log_odds):
        split = self.low + ((self.high - self.low) * chance(log_odds) >> 16)
        one = self.value <= split
        if one:
            self.high = split
        else:
            self.low = split + 1
        while self.low >> 24 == self.high >> 24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.at += 1
            self.low = self.low << 8 & 0xFFFFFFFF
            self.high = self.high << 8 & 0xFFFFFFFF | 255
            self.value = self.value << 8 & 0xFFFFFFFF | byte
        return int(one)

    def length(self):
        """Bytes that the bits take: those shifted out, and one more unless the interval begins at 0."""
        return self.at - 4 + (1 if self.low > 0 else 0)


class Model:
    def __init__(self, weights, scale):
        raw, self.scale = b64decode(weights), scale
        count = len(OWN[scale]) + len(COARSE[scale])
        rows = [unpack_from("16b", raw, 16 * i) for i in range(3 * count + 33)]
        self.near = [rows[3 * i : 3 * i + 3] for i in range(count)]
        self.row, self.block, self.start = rows[3 * count :][:16], rows[3 * count + 16 :][:16], rows[-1]
        words = unpack_from("<68i", raw, 16 * len(rows))
        assert len(raw) == 16 * len(rows) + 4 * 68
        self.weights = [words[4 * j : 4 * j + 4] for j in range(17)]

    def answers(self, own, coarse, row, column):
        cells = [a + b + c for a, b, c in zip(self.start, self.row[row], self.block[column // 16])]
        places = [(own, p) for p in OWN[self.scale]] + [(coarse, p) for p in COARSE[self.scale]]
        for (plane, (down, on)), (use, re, im) in zip(places, self.near):
            if not 0 <= row + down < 16:
                continue
            seen = plane[row + down][(column + on) % 256]
            if seen is None:
                continue
            if seen == ():
                cells = [c - u for c, u in zip(cells, use)]
            else:
                s, t = 2 * seen[0] - 1, 2 * seen[1] - 1
                cells = [c + u + s * r + t * i for c, u, r, i in zip(cells, use, re, im)]
        sums = list(self.weights[16])
        for cell, weights in zip(cells, self.weights):
            if cell > 0:
                sums = [s + cell * w for s, w in zip(sums, weights)]
        return [s // 16 for s in sums]


def decode(coded, models):
    if coded[0] == 0:
        return coded[1:], True
    assert coded[0] == 1
    bits, planes = Bits(coded[1:]), []
    words = [[0] * 256 for _ in range(3)]
    for scale, model in enumerate(models):
        own = [[None] * 256 for _ in range(16)]
        planes.append(own)
        for row in range(16):
            for column in range(256):
                usable, re, im_if_0, im_if_1 = model.answers(own, planes[0], row, column)
                if bits.take(usable) == 0:
                    own[row][column] = ()
                    continue
                r = bits.take(re)
                i = bits.take(im_if_1 if r else im_if_0)
                own[row][column] = (r, i)
                for plane, bit in enumerate((r, i, 1)):
                    words[plane][column] |= bit << (16 * scale + row)
    return pack("<768I", *words[0], *words[1], *words[2]), bits.length() == len(coded) - 1


def models_of(weights):
    return [Model(of_scale, scale) for scale, of_scale in enumerate(weights)]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    models = models_of(asked["weights"])
    found = [decode(bytes.fromhex(text), models) for text in asked["coded"]]
    print(json.dumps([{"sha256": sha256(record).hexdigest(), "whole": whole} for record, whole in found]))
