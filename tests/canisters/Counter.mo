/// What a Motoko canister does that WebAssembly text does not show: stable variables, the runtime's own timers, a garbage
/// collector, async with try and catch, and calls of the management canister by its Candid type.
///
/// It uses the compiler's primitives and not the base library, which is ten times as much to compile as this file.
import Prim "mo:⛔";

persistent actor class Counter(start : Nat) = self {
  let nanoseconds : Nat64 = 1_000_000_000;

  var count : Nat = start;
  transient var since : Nat = 0;
  var ticks : Nat = 0;
  var text : Text = "";

  transient let management = actor "aaaaa-aa" : actor {
    stop_canister : { canister_id : Principal } -> async ();
  };

  public func increment() : async Nat {
    count += 1;
    since += 1;
    count;
  };

  public query func read() : async (Nat, Nat) { (count, since) };

  public query func ticked() : async Nat { ticks };

  /// Changes the count, and then traps.
  public func trap() : async () {
    count += 100;
    assert false;
  };

  public func fail() : async () {
    count += 100;
    throw Prim.error("no more");
  };

  /// What it did before the await lasts, what it did after is undone by the trap.
  public func trapAfterAwait() : async () {
    count += 1_000;
    ignore await increment();
    count += 10_000;
    assert false;
  };

  /// The text of the error that stopping another canister ends with.
  public func caught(other : Principal) : async Text {
    try {
      await management.stop_canister({ canister_id = other });
      "nothing";
    } catch (error) { Prim.errorMessage(error) };
  };

  public func tryTrap() : async Text {
    try { await trap(); "nothing" } catch (error) { Prim.errorMessage(error) };
  };

  public func tick(seconds : Nat) : async Nat { every<system>(seconds, true) };

  public func tickOnce(seconds : Nat) : async Nat { every<system>(seconds, false) };

  func every<system>(seconds : Nat, recurring : Bool) : Nat {
    let delay = Prim.natToNat64(seconds) * nanoseconds;
    Prim.setTimer<system>(delay, recurring, func() : async () { ticks += 1 });
  };

  public func cancel(timer : Nat) : async () { Prim.cancelTimer(timer) };

  /// Keeps a text of so many kilobytes, and makes more garbage than that.
  public func fill(kilobytes : Nat) : async Nat {
    text := "";
    let word = debug_show (Prim.principalOfActor(self));
    var made = 0;
    while (made < kilobytes) {
      var part = word;
      while (part.size() < 1_024) { part #= part };
      text #= part;
      made += 1;
    };
    text.size();
  };

  public query func size() : async Nat { text.size() };

  public shared ({ caller }) func whoami() : async Principal { caller };
};
