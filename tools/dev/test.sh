#!/usr/bin/env bash
# Builds everything and runs the tests.
#
#   ./dev test            unit tests, whole-server tests through real clients, crash checks (quick form)
#   ./dev test unit       only the unit tests          ./dev test clients   only the whole-server tests
#   ./dev test recorded   only the cases recorded from real AWS, with their counts, from the folder THIMBLE_CONFORMANCE
#   ./dev test --all      also built by clang with ASan+UBSan and with TSan, and every check in its long form
# What follows `--` goes to pytest, for example: ./dev test clients -- -k stepfunctions
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
what=${1:-quick}
[[ $# -gt 0 ]] && shift
[[ ${1:-} == -- ]] && shift

unit_tests() {
  configure_and_build "$1" all
  ctest --test-dir "$root/build/$1" --output-on-failure -j "$(jobs)" -L unit
}
export ASAN_SYMBOLIZER_PATH=/usr/bin/llvm-symbolizer-16
export TSAN_OPTIONS="suppressions=$root/tools/dev/tsan-suppressions.txt external_symbolizer_path=$ASAN_SYMBOLIZER_PATH"

client_tests() {
  "$venv/bin/python" -m pytest -q -p no:cacheprovider "$root/tests/clients" "$root/tests/crash" "$root/tests/hostile" "$@"
}

recorded_cases() {
  "$venv/bin/python" -m pytest -q -s -p no:cacheprovider "$root/tests/conformance" "$@"
}

case $what in
  quick | unit | clients | recorded | --all) ;;
  *) fail "unknown tests '$what'; see ./dev test --help" ;;
esac
build_program
[[ $what == quick || $what == unit || $what == --all ]] && unit_tests release
if [[ $what == --all ]]; then
  unit_tests asan
  unit_tests tsan
  export THIMBLE_LONG_CHECKS=1
fi
if [[ $what == recorded ]]; then
  recorded_cases "$@"
elif [[ $what != unit ]]; then
  configure_and_build release all functions
  client_tests "$@"
  [[ $what != --all ]] || recorded_cases
fi
