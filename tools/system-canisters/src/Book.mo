/// What both ledgers have in common: who has how much, and which transfers were seen already. Lists instead of maps: a
/// local network has a handful of accounts, and the base library's maps take longer to compile than all of this.
import AssocList "mo:base/AssocList";
import Prim "mo:⛔";
import Sha224 "Sha224";

module {
  public type Account = { owner : Principal; subaccount : ?Blob };

  public type Book = {
    /// Smallest units that a transfer costs.
    fee : Nat;
    /// By account identifier.
    var balances : AssocList.AssocList<Blob, Nat>;
    /// Block indexes of transfers with a `created_at_time`, by all that they say. None is dropped: a local network does
    /// not live long.
    var seen : AssocList.AssocList<Text, Nat>;
    /// Index of the next block.
    var length : Nat;
  };

  public type Result<Ok, Err> = { #Ok : Ok; #Err : Err };

  /// What may be wrong with the time of a transfer.
  public type TimeError = {
    #TooOld;
    #CreatedInFuture : { ledger_time : Nat64 };
    #Duplicate : { duplicate_of : Nat };
  };

  public type GenericError = {
    #TemporarilyUnavailable;
    #GenericError : { error_code : Nat; message : Text };
  };

  /// ICRC-1.
  public type TransferError = TimeError or GenericError or {
    #BadFee : { expected_fee : Nat };
    #BadBurn : { min_burn_amount : Nat };
    #InsufficientFunds : { balance : Nat };
  };

  /// ICRC-1.
  public type TransferArg = {
    from_subaccount : ?Blob;
    to : Account;
    amount : Nat;
    fee : ?Nat;
    memo : ?Blob;
    created_at_time : ?Nat64;
  };

  /// ICRC-1, "Transaction deduplication": how old a transfer may be, and how far ahead its sender's clock.
  let windowNs = 86_400_000_000_000;
  let driftNs = 120_000_000_000;

  /// A ledger in which one account has everything there is.
  public func create(fee : Nat, owner : Blob, amount : Nat) : Book = {
    fee;
    var balances = ?((owner, amount), null);
    var seen = null;
    var length = 1;
  };

  /// The account identifier, 32 bytes. Traps for a subaccount of another length.
  public func idOf({ owner; subaccount } : Account) : Blob {
    let domain = Prim.blobToArray("\0Aaccount-id");
    let bytes = Prim.blobToArray(Prim.blobOfPrincipal(owner));
    let sub = switch subaccount {
      case (?given) Prim.blobToArray(given);
      case null Prim.Array_tabulate<Nat8>(32, func _ = 0);
    };
    if (sub.size() != 32) Prim.trap("a subaccount has 32 bytes");
    let hash = Sha224.sha224(concat(concat(domain, bytes), sub));
    let checksum = Prim.hashBlob(Prim.arrayToBlob(hash));
    Prim.arrayToBlob(concat(Prim.Array_tabulate<Nat8>(4, func i = Sha224.byteOf(checksum, i)), hash));
  };

  func concat(a : [Nat8], b : [Nat8]) : [Nat8] {
    let size = a.size();
    Prim.Array_tabulate<Nat8>(size + b.size(), func i = if (i < size) a[i] else b[i - size : Nat]);
  };

  func sameBlob(a : Blob, b : Blob) : Bool = a == b;
  func sameText(a : Text, b : Text) : Bool = a == b;

  public func balance(book : Book, id : Blob) : Nat = switch (AssocList.find(book.balances, id, sameBlob)) {
    case (?amount) amount;
    case null 0;
  };

  func set(book : Book, id : Blob, amount : Nat) {
    let (balances, _) = AssocList.replace(book.balances, id, sameBlob, ?amount);
    book.balances := balances;
  };

  /// Takes an amount and the fee from an account, or says how much is there.
  public func debit(book : Book, id : Blob, amount : Nat) : Result<(), { balance : Nat }> {
    let available = balance(book, id);
    let cost = amount + book.fee;
    if (available < cost) return #Err({ balance = available });
    set(book, id, available - cost : Nat);
    #Ok;
  };

  public func credit(book : Book, id : Blob, amount : Nat) {
    set(book, id, balance(book, id) + amount);
  };

  /// Counts a block and gives its index.
  public func addBlock(book : Book) : Nat {
    book.length += 1;
    book.length - 1;
  };

  /// `text` is all that the transfer says.
  public func timeError(book : Book, created : ?Nat64, text : Text) : ?TimeError {
    let ?nanoseconds = created else return null;
    let at = Prim.nat64ToNat(nanoseconds);
    let now = Prim.nat64ToNat(Prim.time());
    if (at + windowNs + driftNs < now) return ?#TooOld;
    if (at > now + driftNs) return ?#CreatedInFuture({ ledger_time = Prim.time() });
    switch (AssocList.find(book.seen, text, sameText)) {
      case (?index) ?#Duplicate({ duplicate_of = index });
      case null null;
    };
  };

  /// Whoever gives the time of a transfer wants it made only once.
  public func remember(book : Book, created : ?Nat64, text : Text, index : Nat) {
    if (created != null) book.seen := ?((text, index), book.seen);
  };

  public func transfer(book : Book, caller : Principal, arg : TransferArg) : Result<Nat, TransferError> {
    if (arg.fee != null and arg.fee != ?book.fee) return #Err(#BadFee({ expected_fee = book.fee }));
    let text = debug_show (caller, arg);
    switch (timeError(book, arg.created_at_time, text)) {
      case (?error) return #Err(error);
      case null {};
    };
    let to = idOf(arg.to);
    switch (debit(book, idOf({ owner = caller; subaccount = arg.from_subaccount }), arg.amount)) {
      case (#Err(missing)) return #Err(#InsufficientFunds(missing));
      case (#Ok) {};
    };
    credit(book, to, arg.amount);
    let index = addBlock(book);
    remember(book, arg.created_at_time, text, index);
    #Ok(index);
  };
};
