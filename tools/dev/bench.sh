#!/usr/bin/env bash
# Measures the program, with the machine's limits beside each figure.
#
#   ./dev bench                 the whole program, on this disk; ./dev functions first for what needs C++ functions
#   ./dev bench --disk slow     the same on a loop-mounted, journalled ext4 (needs root); both: beside each other
#   ./dev bench --peers         moto's server and dynalite beside it, installed as pinned in build/bench-venv and
#                               tests/bench/dynalite
#   ./dev bench --only NAME...  start, states, functions, press, dynamodb, pipelines, builds, stored,
#                               dynamodb-large
#   ./dev bench --units         the benchmarks of the libraries (Google Benchmark)
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
build_program >&2
if [[ ${1:-} == --units ]]; then
  names=$(find "$root/src" -name '*_bench.cpp' -exec dirname {} \; | sort -u)
  for folder in $names; do
    target=$(sed -n 's/^thimble_library(\([a-z_]*\).*/\1_bench/p' "$folder/CMakeLists.txt")
    configure_and_build release "$target" >&2
    "$(find "$root/build/release/src" -type f -name "$target")" --benchmark_min_time=0.2
  done
  exit 0
fi
configure_and_build release bench_client function_echo_static functions >&2
for option in "$@"; do
  if [[ $option == --peers && ! -x $root/build/bench-venv/bin/moto_server ]]; then
    python3 -m venv "$root/build/bench-venv"
    "$root/build/bench-venv/bin/pip" install -q 'moto[server,stepfunctions]==5.1.16'
  fi
  if [[ $option == --peers && ! -d $root/tests/bench/dynalite/node_modules ]]; then
    (cd "$root/tests/bench/dynalite" && npm ci --silent --no-audit --no-fund)
  fi
done
exec "$venv/bin/python" "$root/tests/bench/bench.py" "$@"
