#!/usr/bin/env bash
# Checks formatting, include directions, folder READMEs and the shell scripts; changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need_setup
status=0
git ls-files '*.h' '*.cpp' | xargs -r clang-format-16 --dry-run -Werror || status=1
python3 tools/check_includes.py "$root" || status=1
while IFS= read -r folder; do
  [[ -f $folder/README.md ]] || { echo "$folder has no README.md"; status=1; }
done < <(git ls-files 'src/*' | xargs -n1 dirname | grep -vE '/(testing|data|resources|bootstrap)' | sort -u | awk -F/ 'NF>=2 && NF<=3' | grep -vE '^src/(lang|services)$')
shellcheck -x -P tools/dev dev tools/dev/*.sh .ci/run || status=1
exit $status
