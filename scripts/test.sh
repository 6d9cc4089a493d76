#!/usr/bin/env bash
# Builds and runs the tests.
#   scripts/test.sh [--all]
# Without options: GCC, all fast tests. --all adds an optimised Clang build with the slow tests too,
# Valgrind's among them; the fast tests under the address, undefined-behaviour and leak sanitizers;
# those that use threads under the thread sanitizer; a minute of fuzzing; and a build of the trainers as
# scripts/demo.sh builds it.
# VAECOLLAPSE_NO_INSTALL=1: do not look for missing packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

presets=(debug)
install=()
case ${1:-} in
  '') ;;
  --all) presets+=(clang asan tsan fuzz); install=(--all) ;;
  *) echo "usage: test.sh [--all]" >&2; exit 2 ;;
esac

[[ -n ${VAECOLLAPSE_NO_INSTALL:-} ]] || scripts/install_dependencies.sh "${install[@]}"

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=no
for preset in "${presets[@]}"; do
  cmake --preset "$preset"
  cmake --build --preset "$preset"
  ctest --preset "$preset" | tee "$logs/$preset" || failed=yes
done

if [[ ${1:-} == --all ]]; then
  cmake --preset release
  cmake --build --preset release --target reinflect text_vae
fi

echo
for preset in "${presets[@]}"; do
  echo "$preset:"
  grep -E '% tests passed' "$logs/$preset" || echo "no tests were run"
done
[[ $failed == no ]]
