"""Reads test/vectors/iris-template.json with nothing but docs/iris-template.md and the standard library.

Prints what it finds as JSON: the named bits, usable positions, and per pair of records the differing
and the common code bits at each of the 33 rotations and the least fraction of them.
"""

import json
import sys
from struct import unpack


def planes(record):
    words = unpack("<768I", bytes.fromhex(record))
    return words[:256], words[256:512], words[512:]


def ones(word):
    return bin(word).count("1")


def bit(record, plane, scale, row, column):
    word = planes(record)[["re", "im", "mask"].index(plane)][column]
    return word >> (row + 16 * ["coarse", "fine"].index(scale)) & 1


def count(a, b, shift):
    (re_a, im_a, mask_a), (re_b, im_b, mask_b) = a, b
    differing = common = 0
    for c in range(256):
        d = (c + shift) % 256
        mask = mask_a[c] & mask_b[d]
        differing += ones((re_a[c] ^ re_b[d]) & mask) + ones((im_a[c] ^ im_b[d]) & mask)
        common += 2 * ones(mask)
    return [shift, differing, common]


def compare(a, b):
    rotations = [count(planes(a), planes(b), shift) for shift in range(-16, 17)]
    able = [r for r in rotations if r[2] >= 4096]
    best = min(able, key=lambda r: (r[1] / r[2], abs(r[0])), default=None)
    return {"rotations": rotations, "best": best}


vectors = json.load(sys.stdin)
records = vectors["records"]
for name, record in records.items():
    re, im, mask = planes(record)
    assert len(bytes.fromhex(record)) == 3072, name
    assert not any((r | i) & ~m for r, i, m in zip(re, im, mask)), name
print(
    json.dumps(
        {
            "usable": {name: sum(map(ones, planes(r)[2])) for name, r in records.items()},
            "bits": [bit(records[b["record"]], *b["at"]) for b in vectors["bits"]],
            "comparisons": [compare(records[c["a"]], records[c["b"]]) for c in vectors["comparisons"]],
        }
    )
)
