;; Counts its heartbeats.
(module
  (memory 1)
  (global $beats (mut i32) (i32.const 0))
  (func (export "canister_heartbeat") (global.set $beats (i32.add (global.get $beats) (i32.const 1))))
  (func (export "canister_query read") (call $lib.reply_i32 (global.get $beats))))
