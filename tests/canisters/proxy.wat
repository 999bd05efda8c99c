;; Makes the calls of a plan and writes down each answer; harness/plan.ts speaks to it.
;;
;; A plan is a list of steps, each: after, callee bytes, name bytes, payload bytes (i32), cycles (i64), callee, name, payload.
;; Plans add up: step numbers go on, and `after`, which counts within its plan, is moved when the plan is added.
;; The log is a list of answers, each: step, code, data bytes (i32), time (i64), data.
(module
  (memory 96)
  (table funcref (elem $on_reply $on_reject))
  (global $plan i32 (i32.const 65536))
  (global $log i32 (i32.const 2097152))
  (global $inbox i32 (i32.const 4194304))
  (global $plan_end (mut i32) (i32.const 65536))
  (global $log_end (mut i32) (i32.const 2097152))
  (global $steps (mut i32) (i32.const 0))
  (global $answers (mut i32) (i32.const 0))
  (global $caller_waits (mut i32) (i32.const 0))

  ;; Bytes of the step at an address.
  (func $size_of (param $step i32) (result i32)
    (i32.add (i32.const 24)
      (i32.add (i32.load offset=4 (local.get $step))
        (i32.add (i32.load offset=8 (local.get $step)) (i32.load offset=12 (local.get $step))))))

  (func $write_down (param $number i32) (param $code i32) (param $size i32)
    (i32.store (global.get $log_end) (local.get $number))
    (i32.store offset=4 (global.get $log_end) (local.get $code))
    (i32.store offset=8 (global.get $log_end) (local.get $size))
    (i64.store offset=12 (global.get $log_end) (call $ic0.time))
    (memory.copy (i32.add (global.get $log_end) (i32.const 20)) (global.get $inbox) (local.get $size))
    (global.set $log_end (i32.add (global.get $log_end) (i32.add (i32.const 20) (local.get $size))))
    (global.set $answers (i32.add (global.get $answers) (i32.const 1))))

  (func $send (param $step i32) (param $number i32)
    (local $at i32)
    (local $problem i32)
    (local.set $at (i32.add (local.get $step) (i32.const 24)))
    (call $ic0.call_new
      (local.get $at) (i32.load offset=4 (local.get $step))
      (i32.add (local.get $at) (i32.load offset=4 (local.get $step))) (i32.load offset=8 (local.get $step))
      (i32.const 0) (local.get $number) (i32.const 1) (local.get $number))
    (local.set $at (i32.add (local.get $at)
      (i32.add (i32.load offset=4 (local.get $step)) (i32.load offset=8 (local.get $step)))))
    (call $ic0.call_data_append (local.get $at) (i32.load offset=12 (local.get $step)))
    (if (i64.gt_u (i64.load offset=16 (local.get $step)) (i64.const 0))
      (then (call $ic0.call_cycles_add128 (i64.const 0) (i64.load offset=16 (local.get $step)))))
    (local.set $problem (call $ic0.call_perform))
    (if (local.get $problem)
      (then (call $write_down (local.get $number) (i32.add (i32.const 100) (local.get $problem)) (i32.const 0)))))

  ;; Sends, in order, the steps from `first` on that wait for `after`.
  (func $send_after (param $after i32) (param $first i32)
    (local $step i32)
    (local $number i32)
    (local.set $step (global.get $plan))
    (loop $next
      (if (i32.lt_u (local.get $number) (global.get $steps))
        (then
          (if (i32.and
                (i32.ge_u (local.get $number) (local.get $first))
                (i32.eq (i32.load (local.get $step)) (local.get $after)))
            (then (call $send (local.get $step) (local.get $number))))
          (local.set $step (i32.add (local.get $step) (call $size_of (local.get $step))))
          (local.set $number (i32.add (local.get $number) (i32.const 1)))
          (br $next)))))

  ;; Adds the argument's plan and sends its first steps.
  (func $add_plan
    (local $step i32)
    (local $first i32)
    (local.set $step (global.get $plan_end))
    (local.set $first (global.get $steps))
    (global.set $plan_end (i32.add (global.get $plan_end) (call $lib.arg (global.get $plan_end))))
    (loop $next
      (if (i32.lt_u (local.get $step) (global.get $plan_end))
        (then
          (if (i32.ge_s (i32.load (local.get $step)) (i32.const 0))
            (then (i32.store (local.get $step) (i32.add (i32.load (local.get $step)) (local.get $first)))))
          (local.set $step (i32.add (local.get $step) (call $size_of (local.get $step))))
          (global.set $steps (i32.add (global.get $steps) (i32.const 1)))
          (br $next))))
    (call $send_after (i32.const -1) (local.get $first)))

  (func $answered (param $number i32) (param $code i32) (param $size i32)
    (call $write_down (local.get $number) (local.get $code) (local.get $size))
    (call $send_after (local.get $number) (i32.const 0))
    (if (i32.and (global.get $caller_waits) (i32.eq (global.get $answers) (global.get $steps)))
      (then
        (global.set $caller_waits (i32.const 0))
        (call $read))))

  (func $on_reply (param $number i32)
    (call $answered (local.get $number) (i32.const 0) (call $lib.arg (global.get $inbox))))

  (func $on_reject (param $number i32)
    (call $ic0.msg_reject_msg_copy (global.get $inbox) (i32.const 0) (call $ic0.msg_reject_msg_size))
    (call $answered (local.get $number) (call $ic0.msg_reject_code) (call $ic0.msg_reject_msg_size)))

  ;; Answers at once.
  (func (export "canister_update launch")
    (call $add_plan)
    (call $ic0.msg_reply))

  ;; Answers, with the log, when every step of every plan is answered.
  (func (export "canister_update perform")
    (global.set $caller_waits (i32.const 1))
    (call $add_plan))

  (func $read (export "canister_query read")
    (call $lib.reply_bytes (global.get $log) (i32.sub (global.get $log_end) (global.get $log)))))
