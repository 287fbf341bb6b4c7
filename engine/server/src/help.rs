//! What `--help` prints.

/// Held to the flags of `args` by a test there.
pub const HELP: &str = "\
perfwatch-engine: backtest kernels behind a socket or a pipe

Usage:
  perfwatch-engine serve [--unix PATH] [--tcp HOST:PORT] [--http HOST:PORT] [options]
  perfwatch-engine once [--kernel KERNEL] [--max-body BYTES]
  perfwatch-engine --help | --version

serve answers requests until its stdin ends, or SIGTERM, SIGINT or SIGHUP comes. When it is ready it prints one line an
address on stdout: `listening unix:PATH`, `listening tcp:HOST:PORT`, `listening http:HOST:PORT`.
once answers the one request on stdin on stdout.

  --unix PATH        listen on a Unix socket: mode 0600, removed at the end; what a dead engine left there is replaced
  --tcp HOST:PORT    listen on TCP, port 0 for a free one; everybody who reaches the address can ask
  --http HOST:PORT   answer JSON over HTTP, as most teams would: POST /sweep with close and params, /echo with close
  --allow-remote     take an address that is not the loopback
  --keep             do not end with stdin
  --study            answer as the study's server did, to be measured against: floats parsed and encoded one by one
  --mailbox WAIT     give each client of the Unix socket shared memory to call through, and wait there by spin, futex or
                     hybrid (50 us of the one, then the other)
  --ticks            give each client of the Unix socket a ring for 32-byte ticks, and tell it at its end what was seen
  --feed URL         give each client of the Unix socket a ring with records of the exchange's feed at ws://HOST:PORT/PATH
  --symbols NAMES    those of the feed, with commas between them; records name them by their place
  --smallest SIZE    pass over trades below it (default 0)
  --kernel KERNEL    one of those below (default: checked)
  --max-body BYTES   the longest request taken (default 268435456, at most 2147483647)

Kernels, all with the same answer:
  checked            the study's, every index checked
  unchecked          the study's, no index checked
  plain              safe and scalar, without what cost the study's its 13 %
  across             several outputs of a pass side by side
  prefix             windows of one start share their sums
  prefix-cores       the same on every core
  certified          running sums, certified, exact where in doubt
  certified-cores    the same on every core
PERFWATCH_SIMD=portable, avx2 or avx512 sets the instructions of the fast ones (default: the best there is).

Frames, little-endian:
  request  [u32 body_len][u8 opcode][u32 n_bars][u32 n_combos][n_bars x f64 close][n_combos x 6 x i64 params]
  reply    [u32 body_len][body]      opcode 0, sweep: [n_combos x f64 pnl][n_combos x i64 trades]
                                     opcode 1, echo: [n_bars x f64 close]
                                     opcode 2, load: nothing; the series is kept for the connection
                                     opcode 3, sweep of what was loaded, n_bars 0: as sweep
  error    [u32 0x80000000 | n][n bytes UTF-8]

Exit codes: 0 done, 4 usage, 9 anything else.
";
