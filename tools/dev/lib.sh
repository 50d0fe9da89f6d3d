# shellcheck shell=bash
# What the commands share. Sourced, not run.
set -euo pipefail
root=$THIMBLE_ROOT
venv=$root/.venv

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() {
  echo "./dev: $*" >&2
  exit 1
}

# Installs what is missing, unless an earlier run did so for the same lists of packages.
need_setup() {
  local stamp=$venv/thimble-setup
  if [[ ! -f $stamp || $(cat "$stamp") != "$(setup_fingerprint)" ]]; then
    bash "$root/tools/dev/setup.sh"
  fi
}

setup_fingerprint() {
  local lists=("$root/tools/dev/debian-packages.txt" "$root/requirements.txt")
  [[ -f $root/tests/clients/javascript/package-lock.json ]] && lists+=("$root/tests/clients/javascript/package-lock.json")
  cat "${lists[@]}" | sha256sum | cut -d' ' -f1
}

jobs() { nproc; }

# The compiler's cache takes precompiled headers only when it is told not to mind what they cannot be asked about.
export CCACHE_SLOPPINESS=pch_defines,time_macros

# configure_and_build PRESET TARGET...
configure_and_build() {
  local preset=$1
  shift
  if [[ ! -f $root/build/$preset/build.ninja ]]; then
    (cd "$root" && cmake --preset "$preset" >"/tmp/thimble-cmake-$$.log" 2>&1) || {
      cat "/tmp/thimble-cmake-$$.log"
      rm -f "/tmp/thimble-cmake-$$.log"
      fail "cmake could not configure the preset $preset"
    }
    rm -f "/tmp/thimble-cmake-$$.log"
  fi
  ninja -C "$root/build/$preset" -j "$(jobs)" "$@"
}

# Builds the optimised program and leaves it at build/thimble.
build_program() {
  configure_and_build release thimble
  ln -sfn release/src/app/thimble "$root/build/thimble"
}
