import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isAlive } from '../../src/env/registry.ts';
import { until } from '../http/processes.ts';

test('a process runs until it ends', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()']);
  const pid = child.pid as number;
  expect(isAlive(pid)).toBe(true);
  child.stdin.end();
  await new Promise((resolve) => child.once('exit', resolve));
  expect(isAlive(pid)).toBe(false);
});

test.skipIf(!existsSync('/proc/self/stat'))(
  'a process that has ended does not run, though nobody asks for its exit code [needs PROC]',
  async () => {
    // When the first sleep ends, its parent has become the second, which never asks.
    const parent = spawn('sh', ['-c', 'sleep 1 & echo $!; exec sleep 60']);
    try {
      let printed = '';
      parent.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
      const pid = Number(await until('the process id', () => printed.endsWith('\n') && printed));
      await until('the end', () => !isAlive(pid));
      expect(() => process.kill(pid, 0)).not.toThrow();
    } finally {
      parent.kill('SIGKILL');
    }
  },
);
