/// The cycles minting canister, as far as clients of a local network ask for it: which subnets there are, and cycles for
/// ICP at a rate that does not change. It mints nothing: the cycles come from its own balance. ICP that was paid stays on
/// its accounts, and a block counts once.
import List "mo:base/List";
import Prim "mo:⛔";
import Book "Book";
import Creation "Creation";

persistent actor class CyclesMinting(subnet : Principal) = self {
  type Transfer = { to : Blob; amount : { e8s : Nat64 } };
  type Block = { transaction : { memo : Nat64; operation : ?{ #Transfer : Transfer } } };

  type NotifyError = {
    #Refunded : { block_index : ?Nat64; reason : Text };
    #InvalidTransaction : Text;
    #Other : { error_code : Nat64; error_message : Text };
    #Processing;
    #TransactionTooOld : Nat64;
  };

  type MintArgs = { block_index : Nat64; deposit_memo : ?Blob; to_subaccount : ?Blob };
  type Minted = { balance : Nat; block_index : Nat; minted : Nat };

  type CreateArgs = {
    block_index : Nat64;
    controller : Principal;
    subnet_selection : ?Creation.SubnetSelection;
    settings : ?Creation.Settings;
  };

  transient let icpLedger = actor "ryjl3-tyaaa-aaaaa-aaaba-cai" : actor {
    query_blocks : query { start : Nat64; length : Nat64 } -> async { blocks : [Block] };
  };

  transient let cyclesLedger = actor "um5iw-rqaaa-aaaaq-qaaba-cai" : actor {
    deposit : { to : Book.Account; memo : ?Blob } -> async { balance : Nat; block_index : Nat };
  };

  /// 'MINT' and 'CREA'.
  let mintMemo : Nat64 = 0x544e494d;
  let createMemo : Nat64 = 0x41455243;

  /// Ten-thousandths of an XDR for an ICP; also the cycles for an e8, as an XDR is a trillion cycles.
  let rate : Nat64 = 35_200;

  /// Indexes of blocks whose ICP were turned into cycles.
  var used = List.nil<Nat64>();

  public query func get_default_subnets() : async [Principal] { [subnet] };

  public query func get_icp_xdr_conversion_rate() : async {
    data : { xdr_permyriad_per_icp : Nat64; timestamp_seconds : Nat64 };
    hash_tree : Blob;
    certificate : Blob;
  } {
    let timestamp_seconds = Prim.time() / 1_000_000_000;
    { data = { xdr_permyriad_per_icp = rate; timestamp_seconds }; hash_tree = ""; certificate = "" };
  };

  /// Turns ICP that the caller has sent to its account here into cycles on the cycles ledger.
  public shared ({ caller }) func notify_mint_cycles(args : MintArgs) : async Book.Result<Minted, NotifyError> {
    switch (await take(caller, args.block_index, mintMemo)) {
      case (#Err(error)) #Err(error);
      case (#Ok(minted)) {
        let to = { owner = caller; subaccount = args.to_subaccount };
        let deposited = await (with cycles = minted) cyclesLedger.deposit({ to; memo = args.deposit_memo });
        #Ok({ deposited with minted });
      };
    };
  };

  /// Creates a canister with the cycles for ICP that the caller has sent to its account here.
  public shared ({ caller }) func notify_create_canister(args : CreateArgs) : async Book.Result<Principal, NotifyError> {
    switch (await take(caller, args.block_index, createMemo)) {
      case (#Err(error)) #Err(error);
      case (#Ok(cycles)) {
        let argument = Creation.controlledBy(caller, args.settings);
        #Ok((await (with cycles) Creation.management.create_canister(argument)).canister_id);
      };
    };
  };

  /// The cycles for a block of the ICP ledger, once.
  func take(caller : Principal, index : Nat64, memo : Nat64) : async Book.Result<Nat, NotifyError> {
    let { blocks } = await icpLedger.query_blocks({ start = index; length = 1 });
    if (blocks.size() == 0) return #Err(#InvalidTransaction("there is no block " # debug_show index));
    let ?#Transfer({ to; amount }) = blocks[0].transaction.operation else {
      return #Err(#InvalidTransaction("block " # debug_show index # " is no transfer"));
    };
    let account = { owner = Prim.principalOfActor(self); subaccount = ?subaccountOf(caller) };
    if (to != Book.idOf(account) or blocks[0].transaction.memo != memo) {
      return #Err(#InvalidTransaction("block " # debug_show index # " is not for this by its receiver or memo"));
    };
    if (List.some<Nat64>(used, func other = other == index)) {
      return #Err(#InvalidTransaction("block " # debug_show index # " was used before"));
    };
    used := List.push(index, used);
    #Ok(Prim.nat64ToNat(amount.e8s * rate));
  };

  /// Where somebody pays to: the length of the principal, its bytes, and zeros.
  func subaccountOf(payer : Principal) : Blob {
    let bytes = Prim.blobToArray(Prim.blobOfPrincipal(payer));
    let size = bytes.size();
    Prim.arrayToBlob(
      Prim.Array_tabulate<Nat8>(32, func i = if (i == 0) Prim.natToNat8(size) else if (i <= size) bytes[i - 1 : Nat] else 0)
    );
  };
};
