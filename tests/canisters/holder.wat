;; Keeps its callers waiting: `hold` answers only after `release` was called, and asks the management canister for
;; randomness, again and again, meanwhile.
(module
  (memory 1)
  (table funcref (elem $again))
  (global $released (mut i32) (i32.const 0))
  (data (i32.const 16) "raw_rand")
  (data (i32.const 32) "DIDL\00\00")

  (func $wait
    (call $ic0.call_new (i32.const 0) (i32.const 0) (i32.const 16) (i32.const 8)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $ic0.call_data_append (i32.const 32) (i32.const 6))
    (if (call $ic0.call_perform) (then (unreachable))))

  (func $again (param $environment i32)
    (if (global.get $released)
      (then (call $ic0.msg_reply))
      (else (call $wait))))

  (func (export "canister_update hold") (call $wait))

  (func (export "canister_update release")
    (global.set $released (i32.const 1))
    (call $ic0.msg_reply))

  (func (export "canister_query read") (call $ic0.msg_reply)))
