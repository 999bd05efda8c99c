/// SHA-224 (FIPS 180-4), for account identifiers. The base library has it too, at three times the compilation of the rest.
import Prim "mo:⛔";

module {
  let roundConstants : [Nat32] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ];

  let initial : [Nat32] = [
    0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
  ];

  /// 28 bytes.
  public func sha224(message : [Nat8]) : [Nat8] {
    let padded = pad(message);
    let state = Prim.Array_init<Nat32>(8, 0);
    var word = 0;
    while (word < 8) { state[word] := initial[word]; word += 1 };
    var offset = 0;
    while (offset < padded.size()) { compress(state, padded, offset); offset += 64 };
    Prim.Array_tabulate<Nat8>(28, func i = byteOf(state[i / 4], i % 4));
  };

  /// Whole blocks of 64 bytes: a 1 bit, zeros, and the number of bits at the end. For messages of less than 2^29 bytes.
  func pad(message : [Nat8]) : [Nat8] {
    let size = message.size();
    let total = (size + 72) / 64 * 64;
    let bits = Prim.natToNat32(size * 8);
    Prim.Array_tabulate<Nat8>(
      total,
      func i {
        if (i < size) message[i]
        else if (i == size) 0x80
        else if (i + 4 >= total) byteOf(bits, i + 4 - total : Nat)
        else 0;
      },
    );
  };

  func compress(state : [var Nat32], bytes : [Nat8], offset : Nat) {
    let w = Prim.Array_init<Nat32>(64, 0);
    var t = 0;
    while (t < 64) {
      w[t] := if (t < 16) wordAt(bytes, offset + t * 4) else {
        let a = w[t - 15 : Nat];
        let b = w[t - 2 : Nat];
        let s0 = (a <>> 7) ^ (a <>> 18) ^ (a >> 3);
        let s1 = (b <>> 17) ^ (b <>> 19) ^ (b >> 10);
        w[t - 16 : Nat] +% s0 +% w[t - 7 : Nat] +% s1;
      };
      t += 1;
    };
    let v = Prim.Array_init<Nat32>(8, 0);
    t := 0;
    while (t < 8) { v[t] := state[t]; t += 1 };
    t := 0;
    while (t < 64) {
      let s1 = (v[4] <>> 6) ^ (v[4] <>> 11) ^ (v[4] <>> 25);
      let choice = (v[4] & v[5]) ^ (^v[4] & v[6]);
      let t1 = v[7] +% s1 +% choice +% roundConstants[t] +% w[t];
      let s0 = (v[0] <>> 2) ^ (v[0] <>> 13) ^ (v[0] <>> 22);
      let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
      var i = 7;
      while (i > 0) { v[i] := v[i - 1 : Nat]; i -= 1 };
      v[4] +%= t1;
      v[0] := t1 +% s0 +% majority;
      t += 1;
    };
    t := 0;
    while (t < 8) { state[t] +%= v[t]; t += 1 };
  };

  func wordAt(bytes : [Nat8], at : Nat) : Nat32 {
    var word : Nat32 = 0;
    var i = 0;
    while (i < 4) {
      word := (word << 8) | Prim.natToNat32(Prim.nat8ToNat(bytes[at + i]));
      i += 1;
    };
    word;
  };

  /// The byte of a word, the most significant first.
  public func byteOf(word : Nat32, index : Nat) : Nat8 {
    Prim.natToNat8(Prim.nat32ToNat((word >> Prim.natToNat32(24 - index * 8 : Nat)) & 0xff));
  };
};
