/**
 * Follows the control flow of one function body and decides where its basic blocks are charged, and how much.
 *
 * An operator costs one, block, loop, else and end nothing; what cannot be reached costs nothing. On every path that
 * ends, the charges add up to the operators executed. Charges are what metering costs at run time, so there are as few
 * as the structure allows:
 * - A frame that is only left at its end goes on, behind it, with the charge from before it.
 * - Both arms of an if-else share the smaller cost; it is charged before them.
 * - What follows a label that has to be charged is charged by those who go there, if none comes from a br_table. Behind
 *   a conditional branch the other way takes it back. That is done only where nobody can look at the meter in between:
 *   no call, loop head or bulk operator. The same holds for all who pay for a block that may get some of it back.
 * So whoever looks sees every operator before it paid, and never a charge that is taken back: an execution exceeds its
 * limit if and only if its operators do. Code behind a trap may have been charged.
 */
import { Event, type EventTape, IntList } from './tape.ts';

/** Kinds of control frames. */
const Kind = { Function: 0, Block: 1, Loop: 2, If: 3, Else: 4 } as const;
const NONE = -1;
/** Of a label's edges: one of them cannot be charged for. */
const BLOCKED = -2;

export class BasicBlocks {
  private readonly events: EventTape;
  /** Operators of the current block so far; the decoder counts them here. */
  charge = 0;
  /** Whether the code being read cannot be reached. */
  dead = false;
  /** Number of open frames inside the function's own. */
  depth = NONE;

  /** Event of the current block, or NONE in dead code; and how many places to look there were when it began. */
  private event = NONE;
  private eventLooks = 0;
  private looks = 0;

  // Open frames, one array per field.
  private readonly kind: number[] = [];
  /** 1 if a live branch names the label. */
  private readonly targeted: number[] = [];
  /** 1 if the frame was entered by code that cannot be reached. */
  private readonly bornDead: number[] = [];
  /** The block that the frame was entered from. */
  private readonly outerEvent: number[] = [];
  private readonly outerLooks: number[] = [];
  /** Loop: its head. If, else: first block of the first arm. */
  private readonly firstEvent: number[] = [];
  private readonly elseEvent: number[] = [];
  /** Lowest frame that a live branch inside leaves to: if below the frame itself, it can be left past its end. */
  private readonly leavesTo: number[] = [];
  /** Whether the first arm of an if-else reached its end. */
  private readonly armEnded: number[] = [];
  /** Newest edge to the frame's label, NONE or BLOCKED. */
  private readonly edge: number[] = [];

  /** Edges to labels: (next edge of the label, block that takes it, block on the other way or NONE, 1 if looked at). */
  private readonly edges = new IntList();
  /** Labels that start a block: (its event, its newest edge). */
  private readonly joins = new IntList();
  /** Blocks that paid for something that a block behind a conditional branch takes back. */
  private readonly refundable = new Set<number>();

  constructor(events: EventTape) {
    this.events = events;
  }

  /** Starts a function whose code is at this offset. */
  begin(at: number): void {
    this.charge = 0;
    this.dead = false;
    this.depth = NONE;
    this.event = NONE;
    this.looks = 0;
    this.edges.length = 0;
    this.joins.length = 0;
    this.refundable.clear();
    this.push(Kind.Function);
    this.start(at);
  }

  /** Somebody may look at the meter here. */
  look(): void {
    this.looks += 1;
  }

  block(): void {
    this.charge -= 1;
    this.push(Kind.Block);
  }

  loop(at: number): void {
    this.charge -= 1;
    this.push(Kind.Loop);
    this.looks += 1;
    this.start(at);
    this.firstEvent[this.depth] = this.event;
  }

  if(at: number): void {
    this.push(Kind.If);
    if (this.seen) this.edge[this.depth] = BLOCKED;
    this.start(at);
    this.firstEvent[this.depth] = this.event;
  }

  /** False if there is no `if` that this could belong to. */
  else(at: number): boolean {
    this.charge -= 1;
    const top = this.depth;
    if (this.kind[top] !== Kind.If) return false;
    this.kind[top] = Kind.Else;
    // Only the way past an if without else is conditional.
    if (this.edge[top] === BLOCKED && this.targeted[top] === 0) this.edge[top] = NONE;
    this.armEnded[top] = this.dead ? 0 : 1;
    if (!this.dead) this.addEdge(top, this.event, { other: NONE, seen: this.seen });
    this.dead = this.bornDead[top] === 1;
    this.start(at);
    this.elseEvent[top] = this.event;
    return true;
  }

  /** Closes the innermost frame; true if it was the function's own. */
  end(at: number): boolean {
    this.charge -= 1;
    const top = this.depth;
    const inner = this.event;
    const innerLooks = this.eventLooks;
    this.close();
    this.depth -= 1;
    if (top === 0) {
      this.chargeBeforeJoins();
      return true;
    }
    if (this.bornDead[top] === 1) return false;
    const kind = this.kind[top];
    if (kind === Kind.Loop) this.closeLoop(top);
    if (kind === Kind.Else) this.shareArms(top);
    const leavesTo = this.leavesTo[top] as number;
    if (leavesTo < (this.leavesTo[top - 1] as number)) this.leavesTo[top - 1] = leavesTo;

    const fellThrough = !this.dead;
    const others =
      kind === Kind.If ||
      (kind === Kind.Else && this.armEnded[top] === 1) ||
      (kind !== Kind.Loop && this.isTargeted(top));
    this.dead = !fellThrough && !others;
    if (this.dead) return false;
    if (leavesTo === top) this.resume(this.outerEvent[top] as number, this.outerLooks[top] as number);
    else if (!others) this.resume(inner, innerLooks);
    else this.join(top, at, { event: fellThrough ? inner : NONE, seen: innerLooks !== this.looks });
    return false;
  }

  branch(label: number): void {
    const target = this.target(label);
    if (!this.dead) this.addEdge(target, this.event, { other: NONE, seen: this.seen });
    this.stop();
  }

  branchIf(label: number, at: number): void {
    const target = this.target(label);
    const { event } = this;
    const { seen } = this;
    this.start(at);
    if (this.dead) return;
    if (seen) this.edge[target] = BLOCKED;
    else this.addEdge(target, event, { other: this.event, seen });
  }

  /** One label of a br_table; `stop` follows the last. */
  branchSome(label: number): void {
    const target = this.target(label);
    if (!this.dead) this.edge[target] = BLOCKED;
  }

  /** The function is left here. */
  leave(): void {
    if (!this.dead) this.leaveTo(0);
    this.stop();
  }

  /** What follows cannot be reached, up to the end of the frame. */
  stop(): void {
    this.close();
    this.dead = true;
  }

  private push(kind: number): void {
    this.depth += 1;
    const top = this.depth;
    this.kind[top] = kind;
    this.targeted[top] = 0;
    this.bornDead[top] = this.dead ? 1 : 0;
    this.outerEvent[top] = this.event;
    this.outerLooks[top] = this.eventLooks;
    this.firstEvent[top] = NONE;
    this.elseEvent[top] = NONE;
    this.armEnded[top] = 0;
    this.leavesTo[top] = top;
    this.edge[top] = NONE;
  }

  private isTargeted(frame: number): boolean {
    return this.targeted[frame] === 1;
  }

  private target(label: number): number {
    const target = this.depth - label;
    if (this.dead) return target;
    this.targeted[target] = 1;
    this.leaveTo(target);
    return target;
  }

  private leaveTo(target: number): void {
    if (target < (this.leavesTo[this.depth] as number)) this.leavesTo[this.depth] = target;
  }

  /** Whether somebody may have looked since the current block was charged. */
  private get seen(): boolean {
    return this.looks !== this.eventLooks;
  }

  private addEdge(frame: number, from: number, { other, seen }: { other: number; seen: boolean }): void {
    const newest = this.edge[frame] as number;
    if (newest === BLOCKED || this.kind[frame] === Kind.Loop) return;
    this.edge[frame] = this.edges.length;
    this.edges.push(newest);
    this.edges.push(from);
    this.edges.push(other);
    this.edges.push(seen ? 1 : 0);
  }

  private closeLoop(top: number): void {
    this.events.setKind(this.firstEvent[top] as number, this.isTargeted(top) ? Event.ChargeAndCheck : Event.Charge);
  }

  private shareArms(top: number): void {
    const first = this.firstEvent[top] as number;
    const second = this.elseEvent[top] as number;
    const shared = Math.min(this.events.amount(first), this.events.amount(second));
    this.events.add(first, -shared);
    this.events.add(second, -shared);
    this.events.add(this.outerEvent[top] as number, shared);
  }

  /** A block that starts behind the frame's end, because there are several ways to it. */
  private join(top: number, at: number, from: { readonly event: number; readonly seen: boolean }): void {
    if (this.kind[top] === Kind.If) {
      const other = this.firstEvent[top] as number;
      this.addEdge(top, this.outerEvent[top] as number, { other, seen: false });
    }
    if (from.event !== NONE) this.addEdge(top, from.event, { other: NONE, seen: from.seen });
    this.start(at);
    if (this.edge[top] === BLOCKED) return;
    this.joins.push(this.event);
    this.joins.push(this.edge[top] as number);
  }

  /** Later joins first: they add to the cost of earlier ones, never the other way round. */
  private chargeBeforeJoins(): void {
    const { joins } = this;
    for (let i = joins.length - 2; i >= 0; i -= 2)
      this.chargeBefore(joins.data[i] as number, joins.data[i + 1] as number);
  }

  private chargeBefore(join: number, newest: number): void {
    const { events, edges, refundable } = this;
    const cost = events.amount(join);
    const isRefundable = refundable.has(join);
    if (cost === 0 || (isRefundable && this.anySeen(newest))) return;
    events.setAmount(join, 0);
    for (let edge = newest; edge !== NONE; edge = edges.data[edge] as number) {
      const from = edges.data[edge + 1] as number;
      const other = edges.data[edge + 2] as number;
      events.add(from, cost);
      if (other !== NONE) events.add(other, -cost);
      if (other !== NONE || isRefundable) refundable.add(from);
    }
  }

  private anySeen(newest: number): boolean {
    const { data } = this.edges;
    for (let edge = newest; edge !== NONE; edge = data[edge] as number) if (data[edge + 3] === 1) return true;
    return false;
  }

  private start(at: number): void {
    this.close();
    if (!this.dead) this.event = this.events.push(at, Event.Charge, 0);
    this.eventLooks = this.looks;
  }

  private resume(event: number, looks: number): void {
    this.event = event;
    this.eventLooks = looks;
    this.charge = this.events.amount(event);
  }

  private close(): void {
    if (this.event !== NONE) this.events.setAmount(this.event, this.charge);
    this.event = NONE;
    this.charge = 0;
  }
}
