"""How long it takes to make 100,000 households of two waves, and to check them."""

import time

import graduation

start = time.perf_counter()
waves = graduation.make_waves(100_000, seed=0)
made = time.perf_counter()
graduation.read_registry(waves.tables[0], schema=waves.dictionary)
print(f"made in {made - start:.1f} s (bar: 10 s); one wave checked in {time.perf_counter() - made:.1f} s")
