#!/usr/bin/env bash
# Writes docs/reference/policies anew: what `reinflect explain` says of each method.
#   scripts/policy_pages.sh [REINFLECT]
set -euo pipefail
cd "$(dirname "$0")/.."
reinflect=${1:-build/release/bin/reinflect}
pages=docs/reference/policies
mkdir -p "$pages"
rm -f "$pages"/*.md
"$reinflect" explain --markdown >"$pages/README.md"
sed -n 's/^- \[.*\](\(.*\)\.md): .*/\1/p' "$pages/README.md" | while read -r name; do
  "$reinflect" explain "$name" --markdown >"$pages/$name.md"
done
