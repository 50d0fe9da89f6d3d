#!/usr/bin/env bash
# Builds the optimised program and leaves it at build/thimble.
#
#   ./dev build                 the program
#   ./dev build --all           the program, the tests and the example's functions
#   ./dev build --preset NAME   everything, with another preset of CMakePresets.json: debug, asan, tsan, clang
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
case ${1:-} in
  "") build_program ;;
  --all)
    build_program
    configure_and_build release all
    ;;
  --preset) configure_and_build "${2:?a preset is needed}" all ;;
  *) fail "unknown option '$1'; see ./dev build --help" ;;
esac
