;; Serves pages that it is told; harness/pages.ts speaks to it and knows their Candid.
;;
;; A page has at most 8 KiB: number, mode, bytes of head, tail and end (five i32), then head, tail and end. Its answer is
;; the head, what the mode asks for, and the end. Modes: 0 nothing; 1 a text of "certificate=:", the certificate of the
;; certified data in base64 and the tail; 2 a blob, the whole argument; 3 the head is the text of a reject.
;; The page at /x has the number of the character x, its update 256 more; the part of a stream with token n has 128 + n.
(module
  (memory 128)
  (data (i32.const 0) "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  (data (i32.const 64) "certificate=:")
  (data (i32.const 96) "There is no such page.")
  (global $arg i32 (i32.const 65536))
  (global $certificate i32 (i32.const 3145728))
  (global $base64 i32 (i32.const 3670016))
  (global $pages i32 (i32.const 4194304))

  (func $address (param $number i32) (result i32)
    (i32.add (global.get $pages) (i32.shl (local.get $number) (i32.const 13))))

  (func (export "canister_update put")
    (local $size i32)
    (local.set $size (call $lib.arg (global.get $arg)))
    (memory.copy (call $address (i32.load (global.get $arg))) (global.get $arg) (local.get $size))
    (call $ic0.msg_reply))

  ;; Certifies the 32 bytes of its argument.
  (func (export "canister_update certify")
    (call $ic0.certified_data_set (global.get $arg) (call $lib.arg (global.get $arg)))
    (call $ic0.msg_reply))

  ;; Appends a number in LEB128.
  (func $append_leb (param $value i32)
    (loop $next
      (i32.store8 (i32.const 128)
        (i32.or
          (i32.and (local.get $value) (i32.const 127))
          (i32.shl (i32.gt_u (local.get $value) (i32.const 127)) (i32.const 7))))
      (call $ic0.msg_reply_data_append (i32.const 128) (i32.const 1))
      (local.set $value (i32.shr_u (local.get $value) (i32.const 7)))
      (br_if $next (local.get $value))))

  (func $put_digit (param $at i32) (param $bits i32)
    (i32.store8 (i32.add (global.get $base64) (local.get $at)) (i32.load8_u (i32.and (local.get $bits) (i32.const 63)))))

  ;; Writes the certificate in base64; its length.
  (func $encode (param $size i32) (result i32)
    (local $from i32)
    (local $to i32)
    (local $bits i32)
    (i32.store16 (i32.add (global.get $certificate) (local.get $size)) (i32.const 0))
    (loop $next
      (local.set $bits (i32.add (global.get $certificate) (local.get $from)))
      (local.set $bits
        (i32.or
          (i32.shl (i32.load8_u (local.get $bits)) (i32.const 16))
          (i32.or
            (i32.shl (i32.load8_u offset=1 (local.get $bits)) (i32.const 8))
            (i32.load8_u offset=2 (local.get $bits)))))
      (call $put_digit (local.get $to) (i32.shr_u (local.get $bits) (i32.const 18)))
      (call $put_digit (i32.add (local.get $to) (i32.const 1)) (i32.shr_u (local.get $bits) (i32.const 12)))
      (call $put_digit (i32.add (local.get $to) (i32.const 2)) (i32.shr_u (local.get $bits) (i32.const 6)))
      (call $put_digit (i32.add (local.get $to) (i32.const 3)) (local.get $bits))
      (local.set $to (i32.add (local.get $to) (i32.const 4)))
      (local.set $from (i32.add (local.get $from) (i32.const 3)))
      (br_if $next (i32.lt_u (local.get $from) (local.get $size))))
    ;; One "=" for each byte that was missing at the end.
    (memory.fill
      (i32.add (global.get $base64) (i32.sub (local.get $to) (i32.sub (local.get $from) (local.get $size))))
      (i32.const 61)
      (i32.sub (local.get $from) (local.get $size)))
    (local.get $to))

  (func $append_certificate (param $tail i32) (param $tail_size i32)
    (local $size i32)
    (local.set $size (call $ic0.data_certificate_size))
    (call $ic0.data_certificate_copy (global.get $certificate) (i32.const 0) (local.get $size))
    (local.set $size (call $encode (local.get $size)))
    (call $append_leb (i32.add (i32.const 13) (i32.add (local.get $size) (local.get $tail_size))))
    (call $ic0.msg_reply_data_append (i32.const 64) (i32.const 13))
    (call $ic0.msg_reply_data_append (global.get $base64) (local.get $size))
    (call $ic0.msg_reply_data_append (local.get $tail) (local.get $tail_size)))

  (func $answer (param $number i32) (param $arg_size i32)
    (local $page i32)
    (local $head i32)
    (local $tail i32)
    (local.set $page (call $address (local.get $number)))
    (if (i32.eqz (i32.load offset=8 (local.get $page)))
      (then (call $ic0.trap (i32.const 96) (i32.const 22))))
    (local.set $head (i32.add (local.get $page) (i32.const 20)))
    (local.set $tail (i32.add (local.get $head) (i32.load offset=8 (local.get $page))))
    (if (i32.eq (i32.load offset=4 (local.get $page)) (i32.const 3))
      (then
        (call $ic0.msg_reject (local.get $head) (i32.load offset=8 (local.get $page)))
        (return)))
    (call $ic0.msg_reply_data_append (local.get $head) (i32.load offset=8 (local.get $page)))
    (if (i32.eq (i32.load offset=4 (local.get $page)) (i32.const 1))
      (then (call $append_certificate (local.get $tail) (i32.load offset=12 (local.get $page)))))
    (if (i32.eq (i32.load offset=4 (local.get $page)) (i32.const 2))
      (then
        (call $append_leb (local.get $arg_size))
        (call $ic0.msg_reply_data_append (global.get $arg) (local.get $arg_size))))
    (call $lib.reply_bytes
      (i32.add (local.get $tail) (i32.load offset=12 (local.get $page)))
      (i32.load offset=16 (local.get $page))))

  ;; The character behind the first slash of the argument: that of the URL, whose name sorts first in the record, for no
  ;; byte of the types before it is a slash.
  (func $asked_for (result i32)
    (local $at i32)
    (local.set $at (global.get $arg))
    (loop $next
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 47))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (i32.load8_u offset=1 (local.get $at)))

  (func (export "canister_query http_request")
    (local $size i32)
    (local.set $size (call $lib.arg (global.get $arg)))
    (call $answer (call $asked_for) (local.get $size)))

  (func (export "canister_update http_request_update")
    (local $size i32)
    (local.set $size (call $lib.arg (global.get $arg)))
    (call $answer (i32.add (call $asked_for) (i32.const 256)) (local.get $size)))

  ;; The token is a nat32, so the last four bytes of the argument.
  (func (export "canister_query more")
    (local $size i32)
    (local.set $size (call $lib.arg (global.get $arg)))
    (call $answer
      (i32.add (i32.const 128) (i32.load (i32.sub (i32.add (global.get $arg) (local.get $size)) (i32.const 4))))
      (local.get $size))))
