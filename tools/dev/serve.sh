#!/usr/bin/env bash
# Builds Thimble and serves on http://localhost:4566 until Ctrl-C.
#
# All options go to `thimble serve`; `./dev serve -- --help` lists them.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
build_program >&2
[[ ${1:-} == -- ]] && shift
exec "$root/build/thimble" serve "$@"
