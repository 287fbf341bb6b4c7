#!/bin/sh
# The main job, end to end: measure, load, check, show. Measured are the seven families of the study; the laboratory's
# further kernels, sessions and encodings are for `perfwatch run` without patterns.
# PERFWATCH: the program; COMMITS: how many; BROWSER=0: only print the address; EXIT=1: end after the check.
set -eu

study="in_process|rust_in_process|rust_in_process_unchecked|rust_batch_unix|rust_batch_unchecked|rust_chatty_unix"
"$PERFWATCH" run --newest "$COMMITS" --size quick --bench '^(compute|boundary|echo)\.' \
  --bench "^encodings\..*'(raw|pickle|json)'" \
  --bench "^equivalence\..*'(reference|$study|rust_spawn_stdin)'" || measured=$?
# A failed benchmark is what the check reports; anything else has nothing to show.
case "${measured:-0}" in 0 | 9) ;; *) exit "$measured" ;; esac
"$PERFWATCH" ingest
code=0
"$PERFWATCH" check || code=$?
echo
echo "perfwatch check ended with $code"
case "$code" in 3 | 4 | 6 | 8 | 9) exit "$code" ;; esac
if [ "$EXIT" = 1 ]; then exit 0; fi
if [ "$BROWSER" = 0 ]; then exec "$PERFWATCH" dashboard --no-browser; fi
exec "$PERFWATCH" dashboard
