#!/usr/bin/env bash
# Formats the C++ sources in place (.clang-format).
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
git ls-files '*.h' '*.cpp' | xargs -r clang-format-16 -i
