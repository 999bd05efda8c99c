;; Holds a value in every part of a canister's state that a snapshot takes, so that a test can see which came back.
;; `set` (a number) puts the value everywhere; `read` gives the six places: memory, private global, exported global, memory
;; pages, stable memory, stable pages. Certified data is set to the four bytes of the value.
(module
  (memory (export "memory") 1)
  (global $private (mut i32) (i32.const 0))
  (global $exported (export "exported") (mut i64) (i64.const 0))
  (global $timer_runs (mut i32) (i32.const 0))

  (func $stable_value (result i32)
    (if (i64.eqz (call $ic0.stable64_size)) (then (return (i32.const 0))))
    (call $ic0.stable64_read (i64.const 16) (i64.const 0) (i64.const 4))
    (i32.load (i32.const 16)))

  (func (export "canister_update set")
    (i32.store (i32.const 0) (call $lib.arg_i32))
    (global.set $private (call $lib.arg_i32))
    (global.set $exported (i64.extend_i32_s (call $lib.arg_i32)))
    (if (i64.eqz (call $ic0.stable64_size))
      (then (drop (call $ic0.stable64_grow (i64.const 1)))))
    (call $ic0.stable64_write (i64.const 0) (i64.const 0) (i64.const 4))
    (call $ic0.certified_data_set (i32.const 0) (i32.const 4))
    (call $ic0.msg_reply))

  (func (export "canister_query read")
    (call $lib.append_i32 (i32.load (i32.const 0)))
    (call $lib.append_i32 (global.get $private))
    (call $lib.append_i32 (i32.wrap_i64 (global.get $exported)))
    (call $lib.append_i32 (memory.size))
    (call $lib.append_i32 (call $stable_value))
    (call $lib.append_i32 (i32.wrap_i64 (call $ic0.stable64_size)))
    (call $ic0.msg_reply))

  (func (export "canister_update grow")
    (drop (memory.grow (call $lib.arg_i32)))
    (call $ic0.msg_reply))

  (func (export "canister_update grow_stable")
    (drop (call $ic0.stable64_grow (i64.extend_i32_u (call $lib.arg_i32))))
    (call $ic0.msg_reply))

  ;; Sets the timer to this many nanoseconds from now; gives what it was set to before.
  (func (export "canister_update set_timer")
    (call $lib.reply_i64 (call $ic0.global_timer_set (i64.add (call $ic0.time) (call $lib.arg_i64)))))

  ;; Deactivates the timer; gives what it was set to.
  (func (export "canister_update clear_timer")
    (call $lib.reply_i64 (call $ic0.global_timer_set (i64.const 0))))

  (func (export "canister_global_timer")
    (global.set $timer_runs (i32.add (global.get $timer_runs) (i32.const 1))))

  (func (export "canister_query timer_runs")
    (call $lib.reply_i32 (global.get $timer_runs)))

  (func (export "canister_query version")
    (call $lib.reply_i64 (call $ic0.canister_version))))
