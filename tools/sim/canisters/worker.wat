;; A target that can be kept busy, that answers with what costs its reader most, and that calls whom it is told to.
(module
  (import "ic0" "call_new" (func $call_new (param i32 i32 i32 i32 i32 i32 i32 i32)))
  (import "ic0" "call_data_append" (func $call_data_append (param i32 i32)))
  (import "ic0" "call_perform" (func $call_perform (result i32)))
  (import "ic0" "msg_arg_data_size" (func $arg_size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $arg_copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $msg_reply))
  (import "ic0" "msg_reject" (func $msg_reject (param i32 i32)))
  (memory (export "memory") 1)
  ;; 0: a method; 16: the beginning of a Candid value that is one natural; 1024 to 62464: zeros; 62464: an argument.
  (data (i32.const 0) "raw_rand")
  (data (i32.const 16) "DIDL\00\01\7d")
  (table funcref (elem $done))
  (global $open (mut i32) (i32.const 0))

  ;; The parameter says whether it is one of 100 calls, of which the last one answers.
  (func $done (param $one_of_many i32)
    (if (local.get $one_of_many)
      (then
        (global.set $open (i32.sub (global.get $open) (i32.const 1)))
        (if (global.get $open) (then (return)))))
    (call $msg_reply))

  (func $raw_rand (param $one_of_many i32)
    (call $call_new (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 8)
                    (i32.const 0) (local.get $one_of_many) (i32.const 0) (local.get $one_of_many))
    (drop (call $call_perform)))

  ;; Answers when a call of raw_rand is answered.
  (func (export "canister_update hang") (call $raw_rand (i32.const 0)))

  ;; The same with 100 calls.
  (func (export "canister_update hang_100") (local $left i32)
    (local.set $left (i32.const 100))
    (loop $next
      (call $raw_rand (i32.const 1))
      (global.set $open (i32.add (global.get $open) (i32.const 1)))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $zeros (local $left i32)
    (local.set $left (i32.const 32))
    (loop $next
      (call $append (i32.const 1024) (i32.const 61440))
      (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  ;; 2 MB of zeros.
  (func (export "canister_update zeros") (call $zeros) (call $msg_reply))

  ;; A natural of 2 MB.
  (func (export "canister_update number")
    (memory.fill (i32.const 1024) (i32.const 128) (i32.const 61440))
    (call $append (i32.const 16) (i32.const 7))
    (call $zeros)
    (memory.fill (i32.const 1024) (i32.const 0) (i32.const 61440))
    (call $append (i32.const 1024) (i32.const 1))
    (call $msg_reply))

  ;; A refusal with a text of 2 MB.
  (func (export "canister_update refuse")
    (if (i32.lt_u (memory.size) (i32.const 33))
      (then
        (drop (memory.grow (i32.const 32)))
        (memory.fill (i32.const 65536) (i32.const 120) (i32.const 1966080))))
    (call $msg_reject (i32.const 65536) (i32.const 1966080)))

  ;; Calls a canister, and answers when that does. The argument, at most 3,000 bytes: the length of the canister's id and
  ;; the id, the length of the method's name and the name, the argument of the call.
  (func (export "canister_update forward") (local $id i32) (local $name i32) (local $rest i32)
    (call $arg_copy (i32.const 62464) (i32.const 0) (call $arg_size))
    (local.set $id (i32.load8_u (i32.const 62464)))
    (local.set $name (i32.add (i32.const 62465) (local.get $id)))
    (local.set $rest (i32.add (i32.add (local.get $name) (i32.const 1)) (i32.load8_u (local.get $name))))
    (call $call_new (i32.const 62465) (local.get $id)
                    (i32.add (local.get $name) (i32.const 1)) (i32.load8_u (local.get $name))
                    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $call_data_append (local.get $rest)
      (i32.sub (i32.add (i32.const 62464) (call $arg_size)) (local.get $rest)))
    (drop (call $call_perform))))
