"""Debian's faiss (python3-faiss) on our codes: IndexBinaryFlat, one thread.

Reads on standard input: two little-endian 32-bit counts (codes, probes), then so many codes of
2,048 bytes each. Prints {"version", "comparisons_per_s", "ms_per_probe"} as JSON; rates are of
processor time. The index has neither masks nor rotations: a comparison here is one distance of
16,384 bits, where ours is masked and one of 33.
"""

import json
import sys
import time

import faiss
import numpy

CODE_BYTES = 2048
LEAST_S = 2.0

counts = numpy.frombuffer(sys.stdin.buffer.read(8), dtype="<u4")
codes = numpy.frombuffer(sys.stdin.buffer.read(), dtype=numpy.uint8).reshape(-1, CODE_BYTES)
gallery, probes = codes[: counts[0]], codes[counts[0] : counts[0] + counts[1]]
assert len(gallery) == counts[0] and len(probes) == counts[1], "codes are missing"

faiss.omp_set_num_threads(1)
index = faiss.IndexBinaryFlat(8 * CODE_BYTES)
index.add(gallery)
index.search(probes, 1)

searched = 0
start = time.process_time()
while time.process_time() - start < LEAST_S:
    distances, nearest = index.search(probes, 1)
    searched += len(probes)
seconds = time.process_time() - start
# Each probe's nearest is what plain numpy says it is, so that the index did compare all.
for probe, distance in zip(probes[:3], distances[:3, 0]):
    least = int(numpy.unpackbits(gallery ^ probe, axis=1).sum(axis=1).min())
    assert least == int(distance), (least, int(distance))

print(
    json.dumps(
        {
            "version": faiss.__version__,
            "comparisons_per_s": searched * len(gallery) / seconds,
            "ms_per_probe": 1000 * seconds / searched,
        }
    )
)
