/// The ICP ledger, as far as clients of a local network ask for it: balances and transfers, by account identifier and by
/// ICRC-1, and the blocks that the cycles minting canister looks at. The anonymous principal has all ICP, so that
/// whoever starts the network can hand it out. Blocks are not chained and nothing is certified.
import List "mo:base/List";
import Prim "mo:⛔";
import Book "Book";

persistent actor IcpLedger {
  type Tokens = { e8s : Nat64 };
  type TimeStamp = { timestamp_nanos : Nat64 };

  type TransferArgs = {
    memo : Nat64;
    amount : Tokens;
    fee : Tokens;
    from_subaccount : ?Blob;
    to : Blob;
    created_at_time : ?TimeStamp;
  };

  type TransferError = {
    #BadFee : { expected_fee : Tokens };
    #InsufficientFunds : { balance : Tokens };
    #TxTooOld : { allowed_window_nanos : Nat64 };
    #TxCreatedInFuture;
    #TxDuplicate : { duplicate_of : Nat64 };
  };

  type Block = {
    parent_hash : ?Blob;
    timestamp : TimeStamp;
    transaction : {
      memo : Nat64;
      icrc1_memo : ?Blob;
      created_at_time : TimeStamp;
      operation : ?{ #Transfer : { from : Blob; to : Blob; amount : Tokens; fee : Tokens } };
    };
  };

  type QueryBlocksResponse = {
    chain_length : Nat64;
    certificate : ?Blob;
    blocks : [Block];
    first_block_index : Nat64;
    archived_blocks : [None];
  };

  let fee = 10_000;
  let dayNs : Nat64 = 86_400_000_000_000;
  let anonymous = Prim.principalOfBlob("\04");
  /// A billion ICP.
  let book = Book.create(fee, Book.idOf({ owner = anonymous; subaccount = null }), 100_000_000_000_000_000);
  /// The newest first; block 0 is the endowment, and is not among them.
  var blocks = List.nil<Block>();

  public shared ({ caller }) func transfer(args : TransferArgs) : async Book.Result<Nat64, TransferError> {
    if (args.fee != tokens(fee)) return #Err(#BadFee({ expected_fee = tokens(fee) }));
    if (args.to.size() != 32) Prim.trap("an account identifier has 32 bytes");
    let created = switch (args.created_at_time) {
      case (?{ timestamp_nanos }) ?timestamp_nanos;
      case null null;
    };
    let text = debug_show (caller, args);
    switch (Book.timeError(book, created, text)) {
      case (?#TooOld) return #Err(#TxTooOld({ allowed_window_nanos = dayNs }));
      case (?#CreatedInFuture(_)) return #Err(#TxCreatedInFuture);
      case (?#Duplicate({ duplicate_of })) return #Err(#TxDuplicate({ duplicate_of = Prim.natToNat64(duplicate_of) }));
      case null {};
    };
    let from = Book.idOf({ owner = caller; subaccount = args.from_subaccount });
    switch (Book.debit(book, from, Prim.nat64ToNat(args.amount.e8s))) {
      case (#Err({ balance })) return #Err(#InsufficientFunds({ balance = tokens(balance) }));
      case (#Ok) {};
    };
    Book.credit(book, args.to, Prim.nat64ToNat(args.amount.e8s));
    let index = Book.addBlock(book);
    Book.remember(book, created, text, index);
    keep({ from; to = args.to; amount = args.amount; fee = args.fee }, args.memo, null);
    #Ok(Prim.natToNat64(index));
  };

  public shared ({ caller }) func icrc1_transfer(arg : Book.TransferArg) : async Book.Result<Nat, Book.TransferError> {
    let result = Book.transfer(book, caller, arg);
    switch result {
      case (#Ok(_)) {
        let from = Book.idOf({ owner = caller; subaccount = arg.from_subaccount });
        keep({ from; to = Book.idOf(arg.to); amount = tokens(arg.amount); fee = tokens(fee) }, 0, arg.memo);
      };
      case (#Err(_)) {};
    };
    result;
  };

  public query func account_balance({ account } : { account : Blob }) : async Tokens {
    tokens(Book.balance(book, account));
  };

  public query func icrc1_balance_of(account : Book.Account) : async Nat { Book.balance(book, Book.idOf(account)) };

  /// The blocks that were asked for, as far as there are such.
  public query func query_blocks({ start; length } : { start : Nat64; length : Nat64 }) : async QueryBlocksResponse {
    let first = max(1, Prim.nat64ToNat(start));
    let past = max(first, min(book.length, Prim.nat64ToNat(start) + Prim.nat64ToNat(length)));
    let newestFirst = List.take(List.drop(blocks, book.length - past : Nat), past - first : Nat);
    {
      chain_length = Prim.natToNat64(book.length);
      certificate = null;
      blocks = List.toArray(List.reverse(newestFirst));
      first_block_index = Prim.natToNat64(first);
      archived_blocks = [];
    };
  };

  public query func icrc1_name() : async Text { "Internet Computer" };
  public query func icrc1_symbol() : async Text { "ICP" };
  public query func icrc1_decimals() : async Nat8 { 8 };
  public query func icrc1_fee() : async Nat { fee };

  func min(a : Nat, b : Nat) : Nat = if (a < b) a else b;
  func max(a : Nat, b : Nat) : Nat = if (a < b) b else a;
  func tokens(amount : Nat) : Tokens = { e8s = Prim.natToNat64(amount) };

  func keep(transfer : { from : Blob; to : Blob; amount : Tokens; fee : Tokens }, memo : Nat64, icrc1_memo : ?Blob) {
    let timestamp = { timestamp_nanos = Prim.time() };
    let transaction = { memo; icrc1_memo; created_at_time = timestamp; operation = ?#Transfer(transfer) };
    blocks := List.push({ parent_hash = null; timestamp; transaction }, blocks);
  };
};
