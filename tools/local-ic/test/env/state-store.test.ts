import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/bytes.ts';
import { lockStateFolder } from '../../src/env/state-lock.ts';
import { openStateStore, removeState } from '../../src/env/state-store.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-ic-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const records = ['one', 'two', 'three'].map(utf8);
const log = () => join(folder, 'rounds.log');

/** A store with these records, closed again; gives the length of its file after each. */
function written(): number[] {
  const store = openStateStore(folder);
  const lengths = records.map((record) => {
    store.append(record);
    return readFileSync(log()).length;
  });
  store.close();
  return lengths;
}

function read(): Pick<ReturnType<typeof openStateStore>, 'saved' | 'records'> {
  const store = openStateStore(folder);
  store.close();
  return { saved: store.saved, records: store.records };
}

describe('a state on disk', () => {
  test('is the last whole one, with the records since', () => {
    expect(read()).toEqual({ saved: null, records: [] });
    written();
    expect(read()).toEqual({ saved: null, records });
    const store = openStateStore(folder);
    store.replace(utf8('whole'));
    expect(store.recordBytes()).toBe(0);
    store.append(utf8('after'));
    store.close();
    expect(read()).toEqual({ saved: utf8('whole'), records: [utf8('after')] });
    removeState(folder);
    expect(read()).toEqual({ saved: null, records: [] });
  });

  test('cut off at any byte, it has the records that are whole, and goes on behind them', () => {
    const lengths = written();
    const whole = readFileSync(log());
    for (let length = 0; length < whole.length; length += 1) {
      writeFileSync(log(), whole.subarray(0, length));
      const kept = lengths.filter((end) => end <= length).length;
      const store = openStateStore(folder);
      expect(store.records).toEqual(records.slice(0, kept));
      store.append(utf8('more'));
      store.close();
      expect(read().records).toEqual([...records.slice(0, kept), utf8('more')]);
    }
  });

  test('a bit that has changed ends the list there; what is behind it is not believed', () => {
    const [first = 0] = written();
    const bytes = readFileSync(log());
    bytes[first + 14] = (bytes[first + 14] as number) ^ 1;
    writeFileSync(log(), bytes);
    expect(read().records).toEqual(records.slice(0, 1));
  });

  test('what another version wrote is refused, and stays', () => {
    writeFileSync(log(), 'local-ic rounds, format 2\nand more');
    expect(() => openStateStore(folder)).toThrow(/not a list of rounds that this version can read/);
    expect(readFileSync(log(), 'utf8')).toBe('local-ic rounds, format 2\nand more');
  });

  test('that cannot be replaced stays, and goes on', () => {
    written();
    const store = openStateStore(folder);
    mkdirSync(join(folder, 'state.cbor.new'));
    expect(() => store.replace(utf8('whole'))).toThrow(/EISDIR/);
    store.append(utf8('after'));
    store.close();
    expect(read()).toEqual({ saved: null, records: [...records, utf8('after')] });
  });

  test('half a new state beside the old one counts for nothing', () => {
    const store = openStateStore(folder);
    store.replace(utf8('whole'));
    store.close();
    writeFileSync(join(folder, 'state.cbor.new'), 'ha');
    expect(read().saved).toEqual(utf8('whole'));
  });

  test('bytes at the end that are no record are cut off', () => {
    const lengths = written();
    appendFileSync(log(), new Uint8Array(40).fill(0xff));
    expect(read().records).toEqual(records);
    expect(readFileSync(log())).toHaveLength(lengths.at(-1) as number);
    truncateSync(log(), 3);
    expect(read().records).toEqual([]);
  });
});

describe('the lock', () => {
  test('is one, until it is let go', () => {
    const unlock = lockStateFolder(folder);
    expect(() => lockStateFolder(folder)).toThrow(new RegExp(`process ${process.pid}`));
    unlock();
    lockStateFolder(folder)();
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test('left by an older process with the same number, it is taken over where the system tells the two apart', () => {
    const lock = join(folder, 'lock');
    lockStateFolder(folder);
    const owner = JSON.parse(readFileSync(lock, 'utf8')) as { pid: number; birth: string | null };
    expect(owner.birth === null).toBe(process.platform !== 'linux');
    writeFileSync(lock, JSON.stringify({ ...owner, birth: owner.birth && `${owner.birth}0` }));
    if (owner.birth === null) expect(() => lockStateFolder(folder)).toThrow(/process/);
    else lockStateFolder(folder)();
  });

  test.each(['', 'none', '{"pid":-1}', '{"pid":4194305}'])(
    'left as %j by nobody who lives, it is taken over',
    (text) => {
      writeFileSync(join(folder, 'lock'), text);
      lockStateFolder(folder)();
    },
  );
});
