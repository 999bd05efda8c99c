import { describe, expect, test } from 'vitest';
import { findNetwork } from '../src/shell/network.ts';

describe('a network', () => {
  test.each([
    ['local', 'http://127.0.0.1:4943', true],
    ['http://localhost:8000', 'http://localhost:8000', true],
    ['http://abc.localhost:4943', 'http://abc.localhost:4943', true],
    ['http://[::1]:4943', 'http://[::1]:4943', true],
    ['ic', 'https://icp-api.io', false],
    ['https://icp0.io/', 'https://icp0.io', false],
    ['http://localhost.example.com', 'http://localhost.example.com', false],
    ['http://127.0.0.1.example.com', 'http://127.0.0.1.example.com', false],
    ['http://192.168.0.10:4943', 'http://192.168.0.10:4943', false],
  ])('%s is asked for its root key only if it is on this machine', (name, origin, ownRootKey) => {
    const found = findNetwork(name);
    expect([found.url.origin, found.ownRootKey]).toEqual([origin, ownRootKey]);
  });

  test.each(['mainnet', '127.0.0.1:4943', 'ftp://127.0.0.1', 'http://', ''])('%s is none', (name) => {
    expect(() => findNetwork(name)).toThrow('--network takes local, ic or a URL');
  });
});
