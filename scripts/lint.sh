#!/usr/bin/env bash
# Checks how the sources are written: clang-format on all of them, clang-tidy on every header.
#   scripts/lint.sh [--format] [HEADER...]      --format: only clang-format
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

format_only=no
if [[ ${1:-} == --format ]]; then
  format_only=yes
  shift
fi

for tool in clang-format clang-tidy clang++; do
  command -v "$tool" >/dev/null || { echo "lint.sh: $tool is not here; scripts/install_dependencies.sh --all" >&2; exit 1; }
done

mapfile -t sources < <(git ls-files '*.hpp' '*.cpp')
clang-format --dry-run -Werror "${sources[@]}"
echo "clang-format: ${#sources[@]} files"
[[ $format_only == no ]] || exit 0

# The generated one-header sources of the Clang build are what clang-tidy reads.
cmake --preset clang -B build/lint -D VAECOLLAPSE_JOIN=OFF -D CMAKE_DISABLE_PRECOMPILE_HEADERS=ON \
  >build-lint.log 2>&1 || { cat build-lint.log; rm -f build-lint.log; exit 1; }
rm -f build-lint.log
generated=build/lint/tests/headers
units=()
if (($# > 0)); then
  for header in "$@"; do
    header=${header#include/}
    units+=("$generated/${header%.hpp}.cpp")
  done
else
  mapfile -t units < <(find "$generated/vaecollapse" -name '*.cpp' | sort)
fi
printf '%s\0' "${units[@]}" | xargs -0 -n 4 -P "$(nproc)" clang-tidy -p build/lint --quiet
echo "clang-tidy: ${#units[@]} headers"
