"""How long it takes to make one million households of two waves, and how much memory at most.

python benchmarks/make_waves.py [households]
"""

import resource
import sys
import time

import graduation

SECONDS, GIGABYTES = 60, 4  # the bars, for a million households
n = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
start = time.perf_counter()
waves = graduation.make_waves(n, seed=0)
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # Linux counts kilobytes
bars = f"bars {SECONDS} s and {GIGABYTES} GB for a million"
print(f"{n:,} households, {len(waves.tables)} waves: {took:.1f} s, peak {peak:.2f} GB; {bars}")
if n >= 1_000_000 and (took > SECONDS or peak > GIGABYTES):
    sys.exit("over a bar")
