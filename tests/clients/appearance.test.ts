/** What is looked at, measured where it is looked at: on a phone and on a desk, in light and in dark. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type HealthReason,
  type HealthReport,
  healthPage,
  NANOS_PER_SECOND,
  type TargetHealth,
} from '@canister-backup/shared';
import type { Page as Tab } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, CHROMIUM, openBrowser } from './browser.ts';
import { type Network, startNetwork } from './network.ts';

const PICTURE = fileURLToPath(new URL('../../docs/terminal.svg', import.meta.url));
const NOW = 1_767_279_600n * NANOS_PER_SECOND;
const CHAT = 'bkyz2-fmaaa-aaaaa-qaaaq-cai';

const reason = (level: 'warn' | 'critical', message: string) =>
  ({ level, code: 'paused', message }) as unknown as HealthReason;
const LONG = [
  reason(
    'critical',
    `Run it: \`icp canister call backup-manager backup '(principal "${CHAT}")' -e ic\` or as dfx has it.`,
  ),
  reason('warn', `It answered ${'x'.repeat(300)}.`),
];
const target = (level: TargetHealth['level'], reasons: readonly HealthReason[]) =>
  ({
    canister: CHAT,
    level,
    reasons,
    record: { lastSuccess: NOW, failures: 0, foreign: 0 },
    nextRunAt: NOW,
    snapshots: 8,
  }) as unknown as TargetHealth;
const REPORT = {
  level: 'critical',
  now: NOW,
  manager: { level: 'warn', reasons: LONG },
  targets: [target('ok', []), target('warn', LONG), target('critical', LONG)],
  counts: { ok: 1, warn: 1, critical: 1 },
} as unknown as HealthReport;

const WIDTHS = [390, 1280] as const;
const SCHEMES = ['light', 'dark'] as const;
const VIEWS = WIDTHS.flatMap((width) => SCHEMES.map((scheme) => [width, scheme] as const));

describe.skipIf(CHROMIUM === undefined)('appearance [needs CHROMIUM_BIN]', () => {
  let browser: Browser;
  let network: Network;
  let tab: Tab;
  beforeAll(async () => {
    [browser, network] = await Promise.all([openBrowser(), startNetwork()]);
    tab = await browser.context.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await network?.stop();
  });

  async function look(width: number, scheme: 'light' | 'dark'): Promise<void> {
    await tab.setViewportSize({ width, height: 844 });
    await tab.emulateMedia({ colorScheme: scheme });
  }

  describe.each(VIEWS)('at %i pixels, in %s', (width, scheme) => {
    test.each([
      ['the page of health, open', healthPage(REPORT, true)],
      ['the page of health, closed', healthPage({ ...REPORT, counts: { ok: 1, warn: 0, critical: 0 } }, false)],
    ])('%s is no wider than the screen, and readable', async (name, html) => {
      await look(width, scheme);
      await tab.setContent(html);
      await shot(tab, `${name}-${width}-${scheme}`);
      expect(await measured(tab)).toEqual({ overflow: 0, unreadable: [] });
    });

    test('the page of a problem is no wider than the screen, and readable', async () => {
      await look(width, scheme);
      const { port } = new URL(network.url);
      expect((await tab.goto(`http://127.0.0.1:${port}/?canisterId=${CHAT}`))?.ok()).toBe(false);
      await shot(tab, `problem-${width}-${scheme}`);
      expect(await measured(tab)).toEqual({ overflow: 0, unreadable: [] });
    });

    test('the picture of the README is no wider than the screen, and each word is in its column', async () => {
      await look(width, scheme);
      // Small glyphs are rounded to pixels: a hundredth of a line is none of ours.
      // As a README has it, and by itself.
      await tab.setContent(
        `<!doctype html><meta name="viewport" content="width=device-width"><body>${readFileSync(PICTURE, 'utf8')}`,
      );
      await shot(tab, `picture-${width}-${scheme}`);
      expect((await measured(tab)).overflow).toBe(0);
      const words = (await tab.evaluate(WORDS_IN_COLUMNS)) as readonly { text: string; off: number; room: number }[];
      expect(words.length).toBeGreaterThan(60);
      expect(words.filter(({ text, off, room }) => Math.abs(off) > 0.25 + text.length / 100 || room < 0)).toEqual([]);
    });
  });

  test('the picture by itself is no wider than a phone', async () => {
    await look(390, 'light');
    await tab.goto(`data:image/svg+xml;base64,${readFileSync(PICTURE).toString('base64')}`);
    expect((await measured(tab)).overflow).toBe(0);
  });

  test('one target is no plural', async () => {
    await tab.goto('about:blank');
    await tab.setContent(healthPage({ ...REPORT, counts: { ok: 1, warn: 0, critical: 0 } }, false));
    expect(await tab.locator('p').first().textContent()).toBe('1 target: 1 ok, 0 warn, 0 critical. Manager: warn.');
  });
});

/** For the eye, where APPEARANCE_SHOTS names a folder. */
async function shot(tab: Tab, name: string): Promise<void> {
  const { APPEARANCE_SHOTS: folder } = process.env;
  if (folder) await tab.screenshot({ path: `${folder}/${name.replaceAll(/[ ,]+/g, '-')}.png`, fullPage: true });
}

/** How many pixels a page is too wide, and texts whose contrast to the page is below 4.5 (WCAG 2.2, 1.4.3). */
function measured(tab: Tab): Promise<{ overflow: number; unreadable: string[] }> {
  return tab.evaluate(MEASURE) as Promise<{ overflow: number; unreadable: string[] }>;
}

// As text: these run in the page, and the tests are not checked against the DOM's types.
const MEASURE = `(() => {
  const root = document.documentElement;
  const canvas = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext?.('2d');
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const unreadable = [];
  if (canvas && document.body) {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.background = getComputedStyle(root).colorScheme.includes('dark') ? 'Canvas' : '#fff';
    const page = luminance(getComputedStyle(probe).backgroundColor);
    probe.remove();
    for (const element of document.body.querySelectorAll('h1,p,li,td,span,pre,th')) {
      if (element.offsetWidth === 0) continue;
      const own = luminance(getComputedStyle(element).color);
      const contrast = (Math.max(own, page) + 0.05) / (Math.min(own, page) + 0.05);
      if (element.matches('th') && element.offsetHeight > 70) unreadable.push(element.textContent + ' takes more than two lines');
      if (contrast < 4.5) unreadable.push(element.textContent + ' ' + contrast.toFixed(1));
    }
  }
  return { overflow: Math.max(0, Math.ceil((document.scrollingElement ?? root).scrollWidth - innerWidth)), unreadable };
})()`;

/** Of each word of the picture: how many columns it begins beside its own, and how much room there is behind it, in columns. */
const WORDS_IN_COLUMNS = `(() => {
  const texts = [...document.querySelectorAll('svg text')];
  const column = texts[0].getComputedTextLength() / texts[0].textContent.length;
  return texts.map((text) => {
    const next = texts.filter((other) => other.y.baseVal[0].value === text.y.baseVal[0].value && other.x.baseVal[0].value > text.x.baseVal[0].value);
    const end = text.getEndPositionOfChar(text.textContent.length - 1).x;
    const wide = (end - text.getStartPositionOfChar(0).x) / column;
    const room = next.length === 0 ? 0 : (Math.min(...next.map((other) => other.x.baseVal[0].value)) - end) / column + 0.1;
    return { text: text.textContent, off: wide - text.textContent.length, room };
  });
})()`;
