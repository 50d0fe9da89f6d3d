#!/bin/sh
# Tests once more as an ordinary user: test_as_user.sh TESTS [OPTIONS]. Exit 77, which is "skipped", for who is not root.
[ "$(id -u)" = 0 ] || exit 77
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$1" "$folder/tests"
shift
chmod 755 "$folder" "$folder/tests"
cd "$folder" || exit 1
setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$folder" ./tests "$@"
