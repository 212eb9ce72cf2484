"""Makes a template of an unrolled iris with nothing but docs/iris-template.md and the standard library.

Reads {"values": [64 x 512 numbers], "usable": [64 x 512 of 0 or 1]} and prints the record as hex.
"""

import json
import math
import sys
from struct import pack, unpack

ROWS, COLUMNS = 64, 512


def single(x):
    return unpack("<f", pack("<f", x))[0]


def window_sums(data):
    across = []
    for r in range(ROWS):
        row = data[r * COLUMNS : (r + 1) * COLUMNS]
        total = 0.0
        for k in range(-24, 25):
            total += row[k % COLUMNS]
        for c in range(COLUMNS):
            across.append(single(total))
            total += row[(c + 25) % COLUMNS] - row[(c - 24) % COLUMNS]
    out = [0.0] * len(data)
    for c in range(COLUMNS):
        column = lambda r: across[r * COLUMNS + c] if 0 <= r < ROWS else 0.0
        total = 0.0
        for r in range(8):
            total += column(r)
        for r in range(ROWS):
            total += column(r + 8) - column(r - 9)
            out[r * COLUMNS + c] = single(total)
    return out


def normalised(values, usable):
    weights = [float(u) for u in usable]
    firsts = [v if u else 0.0 for v, u in zip(values, usable)]
    seconds = [single(v * v) if u else 0.0 for v, u in zip(values, usable)]
    out = []
    for u, v, n, s, q in zip(usable, values, *map(window_sums, (weights, firsts, seconds))):
        mean = s / n if u else 0.0
        variance = q / n - mean * mean if u else 0.0
        deviation = math.sqrt(max(0.0, variance) + 4)
        out.append(single(max(-3.0, min(3.0, (v - mean) / deviation))) if u else 0.0)
    return out, weights


def gaussian(sigma):
    reach = math.ceil(3 * sigma)
    kernel = [single(math.exp(-(k * k) / (2 * sigma * sigma))) for k in range(-reach, reach + 1)]
    total = 0.0
    for weight in kernel:
        total += weight
    return [single(weight / total) for weight in kernel]


def smoothed(data):
    kernel = gaussian(3)
    reach = len(kernel) // 2
    out = []
    for row in range(16):
        sources = [max(0, min(ROWS - 1, 4 * row + 2 + k)) for k in range(-reach, reach + 1)]
        for c in range(COLUMNS):
            total = 0.0
            for weight, source in zip(kernel, sources):
                total = single(total + weight * data[source * COLUMNS + c])
            out.append(total)
    return out


def correlated(rows, kernel):
    reach = len(kernel) // 2
    out = []
    for row in range(16):
        for c in range(256):
            total = 0.0
            for k, weight in enumerate(kernel):
                total += weight * rows[row * COLUMNS + (2 * c + k - reach) % COLUMNS]
            out.append(single(total))
    return out


def filters(wavelength, sigma):
    envelope = gaussian(sigma)
    reach = len(envelope) // 2
    angle = lambda k: 2 * math.pi * (k - reach) / wavelength
    cosine = [single(w * math.cos(angle(k))) for k, w in enumerate(envelope)]
    mean = 0.0
    for weight in cosine:
        mean += weight
    even = [single(c - mean * w) for c, w in zip(cosine, envelope)]
    odd = [single(w * math.sin(angle(k))) for k, w in enumerate(envelope)]
    return even, odd, envelope


def record(values, usable):
    data, weights = normalised(values, usable)
    rows, support_rows = smoothed(data), smoothed(weights)
    planes = [[0] * 256 for _ in range(3)]
    for scale, (wavelength, sigma) in enumerate([(28, 7), (8, 2)]):
        even, odd, envelope = filters(wavelength, sigma)
        re, im = correlated(rows, even), correlated(rows, odd)
        support = correlated(support_rows, envelope)
        strength = [min(abs(a), abs(b)) for a, b in zip(re, im)]
        usable_strengths = sorted(s for s, w in zip(strength, support) if w >= 0.7)
        count = len(usable_strengths)
        least = usable_strengths[math.floor(0.15 * count)] if count else 0.0
        for at in range(16 * 256):
            if support[at] < 0.7 or strength[at] < least:
                continue
            bit = 1 << (16 * scale + at // 256)
            for plane, is_one in zip(planes, (re[at] > 0, im[at] > 0, True)):
                plane[at % 256] |= bit if is_one else 0
    return pack("<768I", *planes[0], *planes[1], *planes[2])


sheet = json.load(sys.stdin)
print(record([single(v) for v in sheet["values"]], sheet["usable"]).hex())
