/** Where the story is printed: prose, commands, answers, each with its own look. Plain text unless colours are wanted. */
export interface Paper {
  readonly title: (text: string) => void;
  readonly heading: (number: number, text: string) => void;
  readonly prose: (text: string) => void;
  readonly commands: (lines: readonly string[]) => void;
  readonly answer: (text: string) => void;
  readonly refusal: (text: string) => void;
  /** Names with what there is to say about each, in two columns. */
  readonly facts: (facts: readonly (readonly [name: string, text: string])[]) => void;
  /** What only a local network can do, such as moving time. */
  readonly aside: (text: string) => void;
  readonly failure: (text: string) => void;
  readonly space: () => void;
}

/** Columns of the widest line of prose. */
const WIDTH = 92;

export interface PaperOptions {
  readonly coloured: boolean;
  /** Answers with longer lines are folded to this many columns, each line below its own beginning. Default: never. */
  readonly columns?: number | undefined;
}

export function createPaper(write: (line: string) => void, { coloured, columns = Infinity }: PaperOptions): Paper {
  const paint = (code: string) => (text: string) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const [bold, dim, red, green, yellow, cyan] = ['1', '2', '31', '32', '33', '36'].map(paint) as [
    Paint,
    Paint,
    Paint,
    Paint,
    Paint,
    Paint,
  ];
  const each = (text: string, indent: string, style: Paint) => {
    for (const line of text.split('\n')) write(line === '' ? '' : indent + style(line));
  };
  return {
    title: (text) => each(`\n${text}`, '  ', bold),
    heading(number, text) {
      const line = `── ${number} ── ${text} `;
      write('');
      write(bold(cyan(line + '─'.repeat(Math.max(0, WIDTH + 2 - line.length)))));
    },
    prose: (text) => each(`\n${wrap(text, WIDTH)}`, '  ', (line) => line),
    commands(lines) {
      write('');
      for (const command of lines) {
        command.split('\n').forEach((line, index) => {
          write(index === 0 ? `  ${dim('$')} ${bold(line)}` : `    ${bold(line)}`);
        });
      }
    },
    answer: (text) => each(fold(text, columns - 2), '  ', green),
    refusal: (text) => each(wrap(text, WIDTH), '  ', yellow),
    facts(facts) {
      const widest = Math.max(...facts.map(([name]) => name.length));
      for (const [name, text] of facts) {
        wrap(text, WIDTH - widest - 4)
          .split('\n')
          .forEach((line, index) => {
            write(`    ${dim((index === 0 ? name : '').padEnd(widest))}  ${line}`);
          });
      }
    },
    aside: (text) => each(`\n${wrap(`» ${text}`, WIDTH, '  ')}`, '  ', yellow),
    failure: (text) => each(`\n${wrap(text, WIDTH)}`, '  ', red),
    space: () => write(''),
  };
}

type Paint = (text: string) => string;

/** Breaks prose between words. */
export function wrap(text: string, width: number, hanging = ''): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line);
        line = hanging + word;
      } else line = line === '' ? word : `${line} ${word}`;
    }
    lines.push(line);
  }
  return lines.join('\n');
}

/** Breaks lines wherever they reach the width: text that must not be changed, only shown. */
export function fold(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      const hanging = ' '.repeat(line.length - line.trimStart().length + 2);
      let rest = line;
      const folded: string[] = [];
      while (rest.length > width && width > hanging.length + 20) {
        folded.push(rest.slice(0, width));
        rest = hanging + rest.slice(width);
      }
      return [...folded, rest].join('\n');
    })
    .join('\n');
}
