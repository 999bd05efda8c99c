import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  base64,
  certifiedRoot,
  digest,
  encodeTexts,
  encodeTree,
  fork,
  historyWitness,
  labeled,
  leaf,
  prune,
  skipHeaders,
} from '../../src/index.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const text = (value: string) => new Uint8Array(Buffer.from(value));

const EXAMPLE = labeled('b', leaf(text('good')));

describe('hash trees', () => {
  it("have the digest that the gateways' own library has for the same tree", () => {
    // ic-http-certification 3.2, certified data of a canister whose answers are not certified.
    const expression = 'c31abadbd0b059f9d464fd6df4da9e2dc087ae7d0b40468d337226d413b33723';
    const tree = labeled(
      'http_expr',
      labeled('<*>', labeled(new Uint8Array(Buffer.from(expression, 'hex')), leaf(new Uint8Array()))),
    );
    expect(hex(digest(tree))).toBe('55ecc31c3e8047fc158f20ea0aa0609aacc7b57e06ea40dc41860272a7d64291');
  });

  it('keep their digest when parts are pruned', () => {
    const other = labeled('c', leaf(text('more')));
    expect(hex(digest(fork(prune(EXAMPLE), other)))).toBe(hex(digest(fork(EXAMPLE, other))));
    expect(hex(digest(prune(fork(EXAMPLE, other))))).toBe(hex(digest(fork(EXAMPLE, other))));
    expect(hex(digest(fork(other, EXAMPLE)))).not.toBe(hex(digest(fork(EXAMPLE, other))));
  });

  it('are encoded as the specification says', () => {
    expect(hex(encodeTree(labeled('a', leaf(Uint8Array.of(1)))))).toBe('d9d9f78302416182034101');
    expect(hex(encodeTree(prune(EXAMPLE)))).toBe(`d9d9f782045820${hex(digest(EXAMPLE))}`);
    expect(encodeTree(leaf(new Uint8Array(300))).slice(5, 8)).toEqual(Uint8Array.of(0x59, 1, 44));
  });
});

describe('headers of answers that are not certified', () => {
  const head = new Uint8Array(32).fill(7);

  it('are those of response verification 2', () => {
    const [certificate, expression] = skipHeaders(Uint8Array.of(1, 2, 3), head);
    expect(expression).toEqual([
      'IC-CertificateExpression',
      'default_certification(ValidationArgs{no_certification:Empty{}})',
    ]);
    expect(certificate![0]).toBe('IC-Certificate');
    expect(certificate![1]).toMatch(
      /^certificate=:AQID:, tree=:[^:]+:, expr_path=:2dn3gmlodHRwX2V4cHJjPCo\+:, version=2$/,
    );
  });

  it('show the part of the tree that gateways look for, as their own library encodes it', () => {
    const tree = /tree=:([^:]+):/.exec(skipHeaders(Uint8Array.of(1), head)[0]![1])![1]!;
    const skipped =
      '83024968747470 5f65787072 8302433c2a3e 83025820c31abadbd0b059f9d464fd6df4da9e2dc087ae7d0b40468d337226d413b33723 820340';
    expect(Buffer.from(tree, 'base64').toString('hex')).toContain(skipped.replaceAll(' ', ''));
  });

  it('belong to the root that is certified, and so does the witness of the history', () => {
    const root = certifiedRoot(head);
    expect(root).toHaveLength(32);
    expect(hex(certifiedRoot(new Uint8Array(32)))).not.toBe(hex(root));
    expect(hex(historyWitness(head))).toContain(hex(head));
  });

  it('carry bytes as everybody decodes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      }),
    );
    expect(hex(encodeTexts(['a', 'bc']))).toBe('d9d9f7826161626263');
  });
});
