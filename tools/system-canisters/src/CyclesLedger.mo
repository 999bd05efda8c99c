/// The cycles ledger, as far as clients of a local network ask for it: balances and transfers by ICRC-1, canisters created
/// and topped up from a balance. The anonymous principal has all cycles, so that whoever starts the network can hand them
/// out; those that leave the ledger come from this canister's own balance, so it has to be created with as many.
import Prim "mo:⛔";
import Book "Book";
import Creation "Creation";

persistent actor CyclesLedger {
  type CreateCanisterArgs = {
    from_subaccount : ?Blob;
    created_at_time : ?Nat64;
    amount : Nat;
    creation_args : ?{ subnet_selection : ?Creation.SubnetSelection; settings : ?Creation.Settings };
  };

  type CreateCanisterError = Book.GenericError or {
    #TooOld;
    #CreatedInFuture : { ledger_time : Nat64 };
    #Duplicate : { duplicate_of : Nat; canister_id : ?Principal };
    #InsufficientFunds : { balance : Nat };
    #FailedToCreate : { fee_block : ?Nat; refund_block : ?Nat; error : Text };
  };

  type CreateCanisterSuccess = { block_id : Nat; canister_id : Principal };

  type WithdrawArgs = { amount : Nat; from_subaccount : ?Blob; to : Principal; created_at_time : ?Nat64 };

  type RejectionCode = {
    #NoError;
    #CanisterError;
    #SysTransient;
    #DestinationInvalid;
    #Unknown;
    #SysFatal;
    #CanisterReject;
  };

  type WithdrawError = Book.TimeError or Book.GenericError or {
    #BadFee : { expected_fee : Nat };
    #InsufficientFunds : { balance : Nat };
    #InvalidReceiver : { receiver : Principal };
    #FailedToWithdraw : { fee_block : ?Nat; rejection_code : RejectionCode; rejection_reason : Text };
  };

  let fee = 100_000_000;
  let anonymous = Prim.principalOfBlob("\04");
  /// As many as PocketIC gives it: 2^127 - 1.
  let book = Book.create(fee, Book.idOf({ owner = anonymous; subaccount = null }), 2 ** 127 - 1 : Nat);

  /// The cycles come with the call.
  public shared func deposit({ to; memo = _ } : { to : Book.Account; memo : ?Blob }) : async {
    balance : Nat;
    block_index : Nat;
  } {
    let id = Book.idOf(to);
    let amount = Prim.cyclesAccept<system>(Prim.cyclesAvailable());
    assert amount > fee;
    Book.credit(book, id, amount - fee : Nat);
    { balance = Book.balance(book, id); block_index = Book.addBlock(book) };
  };

  /// Creates a canister from the caller's balance, controlled by the caller if the settings name nobody.
  public shared ({ caller }) func create_canister(args : CreateCanisterArgs) : async Book.Result<CreateCanisterSuccess, CreateCanisterError> {
    let { amount; created_at_time; from_subaccount } = args;
    let text = debug_show (caller, args);
    switch (Book.timeError(book, created_at_time, text)) {
      case (?#Duplicate({ duplicate_of })) return #Err(#Duplicate({ duplicate_of; canister_id = null }));
      case (?#TooOld) return #Err(#TooOld);
      case (?#CreatedInFuture(time)) return #Err(#CreatedInFuture(time));
      case null {};
    };
    let from = Book.idOf({ owner = caller; subaccount = from_subaccount });
    switch (Book.debit(book, from, amount)) {
      case (#Err(missing)) return #Err(#InsufficientFunds(missing));
      case (#Ok) {};
    };
    let block_id = Book.addBlock(book);
    Book.remember(book, created_at_time, text, block_id);
    try {
      let settings = switch (args.creation_args) {
        case (?{ settings }) settings;
        case null null;
      };
      let created = await (with cycles = amount) Creation.management.create_canister(Creation.controlledBy(caller, settings));
      #Ok({ block_id; canister_id = created.canister_id });
    } catch (error) {
      Book.credit(book, from, amount);
      let refund_block = ?Book.addBlock(book);
      #Err(#FailedToCreate({ fee_block = ?block_id; refund_block; error = Prim.errorMessage(error) }));
    };
  };

  /// Moves cycles from the caller's balance to a canister.
  public shared ({ caller }) func withdraw(args : WithdrawArgs) : async Book.Result<Nat, WithdrawError> {
    let { amount; created_at_time; from_subaccount; to } = args;
    let text = debug_show (caller, args);
    switch (Book.timeError(book, created_at_time, text)) {
      case (?error) return #Err(error);
      case null {};
    };
    let from = Book.idOf({ owner = caller; subaccount = from_subaccount });
    switch (Book.debit(book, from, amount)) {
      case (#Err(missing)) return #Err(#InsufficientFunds(missing));
      case (#Ok) {};
    };
    let index = Book.addBlock(book);
    Book.remember(book, created_at_time, text, index);
    try {
      await (with cycles = amount) Creation.management.deposit_cycles({ canister_id = to });
      #Ok(index);
    } catch (error) {
      Book.credit(book, from, amount);
      let rejection_code = codeOf(error);
      #Err(#FailedToWithdraw({ fee_block = ?index; rejection_code; rejection_reason = Prim.errorMessage(error) }));
    };
  };

  public shared ({ caller }) func icrc1_transfer(arg : Book.TransferArg) : async Book.Result<Nat, Book.TransferError> {
    Book.transfer(book, caller, arg);
  };

  public query func icrc1_balance_of(account : Book.Account) : async Nat { Book.balance(book, Book.idOf(account)) };
  public query func icrc1_name() : async Text { "Trillion Cycles" };
  public query func icrc1_symbol() : async Text { "TCYCLES" };
  public query func icrc1_decimals() : async Nat8 { 12 };
  public query func icrc1_fee() : async Nat { fee };

  func codeOf(error : Error) : RejectionCode = switch (Prim.errorCode(error)) {
    case (#system_fatal) #SysFatal;
    case (#system_transient) #SysTransient;
    case (#destination_invalid) #DestinationInvalid;
    case (#canister_reject) #CanisterReject;
    case (#canister_error) #CanisterError;
    case _ #Unknown;
  };
};
