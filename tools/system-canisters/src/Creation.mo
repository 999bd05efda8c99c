/// What the ledgers need of the management canister to create a canister for somebody and to top one up.
module {
  public type EnvironmentVariable = { name : Text; value : Text };
  public type Visibility = { #controllers; #public_; #allowed_viewers : [Principal] };

  public type Settings = {
    controllers : ?[Principal];
    compute_allocation : ?Nat;
    memory_allocation : ?Nat;
    freezing_threshold : ?Nat;
    reserved_cycles_limit : ?Nat;
    log_visibility : ?Visibility;
    snapshot_visibility : ?Visibility;
    wasm_memory_limit : ?Nat;
    wasm_memory_threshold : ?Nat;
    environment_variables : ?[EnvironmentVariable];
  };

  public type SubnetSelection = { #Filter : { subnet_type : ?Text }; #Subnet : { subnet : Principal } };

  public let management = actor "aaaaa-aa" : actor {
    create_canister : { settings : ?Settings } -> async { canister_id : Principal };
    deposit_cycles : { canister_id : Principal } -> async ();
  };

  /// The argument of `create_canister`: these settings, with one controller if they name none.
  public func controlledBy(controller : Principal, given : ?Settings) : { settings : ?Settings } {
    let settings = switch given {
      case (?settings) settings;
      case null none;
    };
    let controllers = switch (settings.controllers) {
      case null ?[controller];
      case named named;
    };
    { settings = ?{ settings with controllers } };
  };

  let none : Settings = {
    controllers = null;
    compute_allocation = null;
    memory_allocation = null;
    freezing_threshold = null;
    reserved_cycles_limit = null;
    log_visibility = null;
    snapshot_visibility = null;
    wasm_memory_limit = null;
    wasm_memory_threshold = null;
    environment_variables = null;
  };
};
