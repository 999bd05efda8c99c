/** Bytes that may wait for a reader; what is printed meanwhile is lost. */
const MAX_WAITING_BYTES = 4 * 1024 ** 2;
/** Milliseconds that the end of a process waits for a reader of what it still has to print. */
const FLUSH_TIMEOUT_MS = 1_000;

/** Standard output or standard error, line by line. */
export interface LineOutput {
  readonly write: (line: string) => void;
  /** Resolves when everything is written, or nobody has read it for a while. */
  flush(): Promise<void>;
}

/** A reader who does not read, or is gone, costs a bounded amount of memory and does not keep the process from ending. */
export function openOutput(stream: NodeJS.WriteStream): LineOutput {
  stream.on('error', () => {});
  return {
    write(line) {
      if (stream.writable && stream.writableLength < MAX_WAITING_BYTES) stream.write(`${line}\n`);
    },
    flush() {
      return new Promise((resolve) => {
        setTimeout(resolve, FLUSH_TIMEOUT_MS);
        if (stream.writable) stream.write('', () => resolve());
        else resolve();
      });
    },
  };
}
