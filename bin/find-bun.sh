# Sourced, not run: sets BUN to the pinned Bun of this package. $root is the package's folder.
# npm may have been told to run no install scripts; then node_modules/bun holds only a placeholder
# and the real binary stands in the package of this platform, which npm installs all the same.
BUN=
for modules in "$root/node_modules" "${root%/node_modules/*}/node_modules"; do
  for candidate in "$modules"/@oven/bun-*/bin/bun "$modules"/bun/bin/bun.exe; do
    if [ -z "$BUN" ] && [ -x "$candidate" ] && [ "$(wc -c <"$candidate")" -gt 1000000 ]; then BUN=$candidate; fi
  done
done
if [ -z "$BUN" ]; then
  echo "freehold: Bun is not installed in $root/node_modules. Run: npm install" >&2
  exit 1
fi
