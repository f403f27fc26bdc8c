#!/usr/bin/env bash
# Declares what the public API analyser misses: run it after changing a public member, then read the difference.
set -euo pipefail
cd "$(dirname "$0")"
for project in */*.csproj; do
  folder=$(dirname "$project")
  # RS0016: not declared; RS0017: declared but gone.
  build() { dotnet build "$project" --no-incremental -p:TreatWarningsAsErrors=false -p:BuildProjectReferences=${1:-true} 2>&1; }
  output=$(build)
  file="$folder/PublicAPI.Unshipped.txt"
  sed -nE "s/.*$folder\/[^:]*: (warning|error) RS0017: Symbol '(.*)' is part of the declared API.*/\2/p" <<<"$output" | sort -u |
    while IFS= read -r gone; do grep -vxF -- "$gone" "$file" >"$file.new" || true; mv "$file.new" "$file"; done
  sed -nE "s/.*$folder\/[^:]*: (warning|error) RS0016: Symbol '(.*)' is not part of the declared public API.*/\2/p" <<<"$output" >>"$file"
  { echo '#nullable enable'; grep -v '^#nullable enable' "$file" | grep . | LC_ALL=C sort -u; } >"$file.new" && mv "$file.new" "$file"
done
