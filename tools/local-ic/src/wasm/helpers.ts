/**
 * Code that the rewriter puts into bodies, and the functions it adds. Sequences leave the operand stack as it was.
 *
 * Charges go to two globals in turn, `gas` and `pending`: with one, each charge waits for the one before (load,
 * subtract, store to the same place take five to six cycles). Where work can repeat, at loop heads and entries, what is
 * pending is checked, and now and then moved to `gas`, which is then checked. Times of an azle canister, as multiples of
 * those without metering, for a loop of integers, one of floats, JSON and a recursion in JavaScript; least of many runs:
 *   one global, a charge for each block                     3.6  3.4  2.1  1.9
 *   two globals, charges merged as far as frames allow      1.9  1.9  1.6  1.6
 *   … and charged before joins (blocks.ts)                  1.9  1.9  1.5  1.5
 *   … and checks that read one global: as it is             1.8  1.8  1.5  1.5
 *   as the third, but with one global                       2.2  2.1  1.6  1.6
 *   as the third, without charges: checks, call stack, NaNs 1.4  1.5  1.3  1.3
 * Four or eight globals, or a local that is written back before each call, were no faster than two globals.
 */
import type { AddedItems } from './additions.ts';
import type { ByteWriter } from './writer.ts';

/** Instructions that may be pending before a check moves them to `gas`. */
const PENDING_LIMIT = 1_000;

export const Op = {
  unreachable: 0x00,
  block: 0x02,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  call: 0x10,
  callIndirect: 0x11,
  select: 0x1b,
  localGet: 0x20,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i32LtS: 0x48,
  i64LtS: 0x53,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Or: 0x84,
  i64ExtendI32U: 0xad,
  void: 0x40,
} as const;

function op(out: ByteWriter, code: number, index: number): void {
  out.u8(code);
  out.u32(index);
}

export function call(out: ByteWriter, index: number): void {
  op(out, Op.call, index);
}

export function setI32(out: ByteWriter, global: number, value: number): void {
  out.u8(Op.i32Const);
  out.s32(value);
  op(out, Op.globalSet, global);
}

/** Takes `amount` from an i64 global. */
export function charge(out: ByteWriter, global: number, amount: number): void {
  out.u8(Op.globalGet);
  out.u32(global);
  out.u8(Op.i64Const);
  out.s32(amount);
  out.u8(Op.i64Sub);
  out.u8(Op.globalSet);
  out.u32(global);
}

/** Moves what is pending to `gas`, and traps if nothing is left. */
function settleNow(out: ByteWriter, added: AddedItems): void {
  op(out, Op.globalGet, added.gas);
  op(out, Op.globalGet, added.pending);
  out.u8(Op.i64Add);
  op(out, Op.globalSet, added.gas);
  out.u8(Op.i64Const);
  out.s32(0);
  op(out, Op.globalSet, added.pending);
  op(out, Op.globalGet, added.gas);
  out.u8(Op.i64Const);
  out.s32(0);
  out.u8(Op.i64LtS);
  out.u8(Op.if);
  out.u8(Op.void);
  out.u8(Op.unreachable);
  out.u8(Op.end);
}

/** Settles if much is pending: for places that are charged to `pending` each time they are passed. */
export function check(out: ByteWriter, added: AddedItems): void {
  op(out, Op.globalGet, added.pending);
  out.u8(Op.i64Const);
  out.s32(-PENDING_LIMIT);
  out.u8(Op.i64LtS);
  out.u8(Op.if);
  out.u8(Op.void);
  settleNow(out, added);
  out.u8(Op.end);
}

/** At the entry of what the host can call: a budget in the letter box means that an execution begins. */
export function beginIfNew(out: ByteWriter, added: AddedItems): void {
  op(out, Op.globalGet, added.stackBudget);
  out.u8(Op.if);
  out.u8(Op.void);
  call(out, added.begin);
  out.u8(Op.end);
}

export function enterFrame(out: ByteWriter, added: AddedItems, bytes: number): void {
  op(out, Op.globalGet, added.stackLeft);
  out.u8(Op.i32Const);
  out.s32(bytes);
  out.u8(Op.i32Sub);
  op(out, Op.globalSet, added.stackLeft);
  op(out, Op.globalGet, added.stackLeft);
  out.u8(Op.i32Const);
  out.s32(0);
  out.u8(Op.i32LtS);
  out.u8(Op.if);
  out.u8(Op.void);
  call(out, added.overflow);
  out.u8(Op.end);
}

export function leaveFrame(out: ByteWriter, added: AddedItems, bytes: number): void {
  op(out, Op.globalGet, added.stackLeft);
  out.u8(Op.i32Const);
  out.s32(bytes);
  out.u8(Op.i32Add);
  op(out, Op.globalSet, added.stackLeft);
}

/** Bodies of the added functions, in the order of AddedItems.functionTypes. */
export function writeHelpers(out: ByteWriter, added: AddedItems): void {
  body(out, () => settleNow(out, added));
  body(out, () => {
    op(out, Op.globalGet, added.stackBudget);
    op(out, Op.globalSet, added.stackLeft);
    setI32(out, added.stackBudget, 0);
    out.u8(Op.i64Const);
    out.s32(0);
    op(out, Op.globalSet, added.pending);
    for (const { flag } of added.dropped.values()) setI32(out, flag, 0);
  });
  body(out, () => {
    setI32(out, added.stackBudget, -1);
    out.u8(Op.unreachable);
  });
  body(out, () => {
    op(out, Op.globalGet, added.gas);
    op(out, Op.localGet, 0);
    out.u8(Op.i64ExtendI32U);
    out.u8(Op.i64Sub);
    op(out, Op.globalSet, added.gas);
    call(out, added.settle);
    op(out, Op.localGet, 0);
  });
  for (const [segment, { flag }] of added.dropped) body(out, () => initUnlessDropped(out, added, segment, flag));
  if (added.callback !== null) body(out, () => callCallback(out, added));
}

/** (param index env): the execution begins here even if the callback is of the wrong type. */
function callCallback(out: ByteWriter, added: AddedItems): void {
  beginIfNew(out, added);
  op(out, Op.localGet, 1);
  op(out, Op.localGet, 0);
  op(out, Op.callIndirect, added.callbackType);
  out.u8(0);
  call(out, added.settle);
}

function body(out: ByteWriter, write: () => void): void {
  const size = out.beginSized();
  out.u32(0);
  write();
  out.u8(Op.end);
  out.endSized(size);
}

/** memory.init of a segment; of the empty one once it was dropped, so that it fails where it has to. */
function initUnlessDropped(out: ByteWriter, added: AddedItems, ...[segment, flag]: [number, number]): void {
  op(out, Op.globalGet, flag);
  out.u8(Op.if);
  out.u8(Op.void);
  memoryInit(out, added.emptySegment ?? 0);
  out.u8(Op.else);
  memoryInit(out, segment);
  out.u8(Op.end);
}

function memoryInit(out: ByteWriter, segment: number): void {
  for (let local = 0; local < 3; local += 1) op(out, Op.localGet, local);
  out.u8(0xfc);
  out.u32(8);
  out.u32(segment);
  out.u8(0);
}
