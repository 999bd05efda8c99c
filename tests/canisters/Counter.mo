/// What a Motoko canister does that WebAssembly text does not show: stable variables, the runtime's own timers, a garbage
/// collector, async with try and catch, and calls of the management canister by its Candid type.
import Error "mo:base/Error";
import Principal "mo:base/Principal";
import Text "mo:base/Text";
import Timer "mo:base/Timer";

persistent actor class Counter(start : Nat) = self {
  var count : Nat = start;
  transient var since : Nat = 0;
  var ticks : Nat = 0;
  var text : Text = "";

  transient let management = actor "aaaaa-aa" : actor {
    canister_status : { canister_id : Principal } -> async { cycles : Nat };
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
    throw Error.reject("no more");
  };

  /// What it did before the await lasts, what it did after is undone by the trap.
  public func trapAfterAwait() : async () {
    count += 1_000;
    ignore await increment();
    count += 10_000;
    assert false;
  };

  /// The text of the error that a call of another canister, or of one's own, ends with.
  public func caught(other : Principal) : async Text {
    try {
      await management.stop_canister({ canister_id = other });
      "nothing";
    } catch (error) { Error.message(error) };
  };

  public func tryTrap() : async Text {
    try { await trap(); "nothing" } catch (error) { Error.message(error) };
  };

  public func tick(seconds : Nat) : async Nat {
    Timer.recurringTimer<system>(#seconds seconds, func() : async () { ticks += 1 });
  };

  public func tickOnce(seconds : Nat) : async Nat {
    Timer.setTimer<system>(#seconds seconds, func() : async () { ticks += 1 });
  };

  public func cancel(timer : Nat) : async () { Timer.cancelTimer(timer) };

  /// Keeps a text of so many kilobytes, and makes ten times as much garbage.
  public func fill(kilobytes : Nat) : async Nat {
    text := "";
    let kilobyte = Text.join("", [" ", Principal.toText(Principal.fromActor(self))].vals());
    var made = 0;
    while (made < kilobytes) {
      var part = kilobyte;
      while (part.size() < 1_024) { part #= part };
      text #= part;
      made += 1;
    };
    text.size();
  };

  public query func size() : async Nat { text.size() };

  public shared ({ caller }) func whoami() : async Principal { caller };
};
