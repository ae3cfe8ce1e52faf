# Sourced, not run: what Bun must know before it starts.
# fetch opens 256 connections at most unless the environment says otherwise before the start.
export BUN_CONFIG_MAX_HTTP_REQUESTS="${BUN_CONFIG_MAX_HTTP_REQUESTS:-65336}"
# Bun looks for memory to give back all the time, which calls pay for; less often than this a busy gateway keeps more.
export MIMALLOC_PURGE_HOLES_MIN_INTERVAL="${MIMALLOC_PURGE_HOLES_MIN_INTERVAL:-500}"
# Bun collects garbage every second, needed or not, and calls wait meanwhile; JavaScriptCore does so by itself as memory fills.
export BUN_GC_TIMER_INTERVAL="${BUN_GC_TIMER_INTERVAL:-5000}"
