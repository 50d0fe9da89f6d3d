#!/usr/bin/env bash
# Runs the fuzzers, with AddressSanitizer and UndefinedBehaviorSanitizer.
#
#   ./dev fuzz               each fuzzer for ten seconds
#   ./dev fuzz NAME [SECS]   one of them (src/**/NAME.cpp), for SECS seconds (default 60)
# Findings and corpora are kept in build/fuzz/corpus/NAME.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
run_fuzzer() {
  local name=$1 seconds=$2 program
  program=$(find "$root/build/fuzz/src" -type f -name "$name" -perm -u+x | head -n 1)
  [[ -n $program ]] || fail "no fuzzer is named $name"
  mkdir -p "$root/build/fuzz/corpus/$name"
  say "$name"
  (cd "$root/build/fuzz/corpus/$name" && "$program" -max_total_time="$seconds" -timeout=1 -rss_limit_mb=2048 \
    -max_len=65536 -print_final_stats=0 -verbosity=0 -artifact_prefix=finding- .)
}
if [[ $# -gt 0 ]]; then
  configure_and_build fuzz "$1"
  run_fuzzer "$1" "${2:-60}"
else
  names=$(find "$root/src" -name '*_fuzz.cpp' -exec basename {} .cpp \; | sort)
  # shellcheck disable=SC2086
  configure_and_build fuzz $names
  for name in $names; do run_fuzzer "$name" 10; done
fi
