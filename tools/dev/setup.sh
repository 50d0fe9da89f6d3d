#!/usr/bin/env bash
# Installs everything that building, testing and the demo need.
#
# Debian packages (tools/dev/debian-packages.txt) with apt-get, Python packages (requirements.txt) into .venv, and the
# test clients' JavaScript packages (tests/clients/javascript). Nothing else is downloaded. Run again at will.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

missing=()
while IFS= read -r line; do
  [[ -z $line || $line == \#* ]] && continue
  package=${line%%|*}
  command_name=${line##*|}
  # npm and Node.js may come from elsewhere than Debian.
  if installed "$package"; then continue; fi
  if [[ $package == npm || $line == *"|"* ]] && command -v "$command_name" >/dev/null; then continue; fi
  missing+=("$package")
done <"$root/tools/dev/debian-packages.txt"

if ((${#missing[@]})); then
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  sudo=()
  if [[ $(id -u) != 0 ]]; then
    command -v sudo >/dev/null || fail "these packages are missing, and there is no sudo to install them: ${missing[*]}"
    sudo=(sudo)
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [[ ! -x $venv/bin/python ]]; then
  say "Creating .venv"
  python3 -m venv "$venv"
fi
say "Installing Python packages into .venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$root/requirements.txt"

if [[ -f $root/tests/clients/javascript/package-lock.json ]]; then
  say "Installing JavaScript packages for the client tests"
  (cd "$root/tests/clients/javascript" && npm ci --silent --no-audit --no-fund)
fi
setup_fingerprint >"$venv/thimble-setup"
say "Ready."
