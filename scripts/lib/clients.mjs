import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bring } from './brought.mjs';
import { capture, Stop } from './run.mjs';
import { phase } from './terminal.mjs';

/** The icp-cli whose behaviour the tests hold the network to. */
const ICP = {
  name: '@icp-sdk/icp-cli-linux-x64',
  version: '1.5.0',
  sha512:
    'bbd70a06f33fcd8c3a7dddaa345e326619785c5d63bc57ebc948697108ca2345b4eaaeca5ded866d8bf2c80734ffabb4d787d172dcaf107aeadf6834d57d3274',
};

/** Where Debian and others put a Chromium. */
const BROWSERS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const PROMTOOL = '/usr/bin/promtool';

const EXIT = 7;

/**
 * The environment in which the tests of real clients find them all: icp-cli from the npm registry, its library and a
 * browser from Debian if they are not there and this is root. Ends the script, and says what to install, if one cannot be had.
 */
export async function clients(root, env) {
  const icp = env.ICP_CLI_BIN || (await installIcp(root, env));
  await requireIcp(icp, env);
  const browser = env.CHROMIUM_BIN || (await requireBrowser(env));
  const promtool = env.PROMTOOL_BIN || (await requirePromtool(root, env));
  return { ...env, ICP_CLI_BIN: icp, CHROMIUM_BIN: browser, PROMTOOL_BIN: promtool };
}

async function installIcp(root, env) {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') {
    throw new Stop(
      EXIT,
      `${ICP.name} is for Linux on x64 only. Install icp-cli ${ICP.version} and name it in ICP_CLI_BIN.`,
    );
  }
  const folder = join(root, '.cache/clients');
  await bring({ folder, pin: ICP, env, exit: EXIT, title: 'icp-cli' });
  return join(folder, 'node_modules', ICP.name, 'bin/icp');
}

async function requireIcp(icp, env) {
  if (await runs(icp, env)) return;
  await installPackage('libdbus-1-3', 'icp-cli needs the library', env);
  if (!(await runs(icp, env))) throw new Stop(EXIT, `${icp} cannot be run: try \`${icp} --version\`.`);
}

async function runs(icp, env) {
  try {
    return (await capture([icp, '--version'], { cwd: '/', env })).code === 0;
  } catch (error) {
    if (error instanceof Stop) return false;
    throw error;
  }
}

async function requireBrowser(env) {
  const there = BROWSERS.find(isProgram);
  if (there !== undefined) return there;
  await installPackage('chromium', 'the tests of pages need the browser', env);
  const [installed] = BROWSERS;
  if (!isProgram(installed)) throw new Stop(EXIT, 'No Chromium was found. Name one in CHROMIUM_BIN.');
  return installed;
}

/**
 * From Debian's package, which apt has checked, unpacked without being installed: an installation would start a server.
 */
async function requirePromtool(root, env) {
  const folder = join(root, '.cache/clients/prometheus');
  const program = [PROMTOOL, join(folder, PROMTOOL)].find(isProgram);
  if (program !== undefined) return program;
  const advice = "the alerts are tested with promtool (Debian's package prometheus); name it in PROMTOOL_BIN.";
  if (!isProgram('/usr/bin/apt-get')) throw new Stop(EXIT, `Not here: ${advice}`);
  const progress = phase('Bringing promtool');
  mkdirSync(folder, { recursive: true });
  const steps = [
    ...(process.getuid?.() === 0 ? [['apt-get', 'update']] : []),
    ['apt-get', 'download', 'prometheus'],
    ['sh', '-c', 'dpkg -x prometheus_*.deb . && rm prometheus_*.deb'],
  ];
  for (const step of steps) {
    const { code, lines } = await capture(step, { cwd: folder, env });
    if (code === 0) continue;
    progress.fail();
    throw new Stop(EXIT, `${step.join(' ')} failed: ${advice}`, lines.slice(-20));
  }
  progress.succeed();
  return join(folder, PROMTOOL);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** With apt-get, as root; everybody else is told to. */
async function installPackage(name, why, env) {
  const advice = `${why} ${name} (Debian and Ubuntu: apt-get install ${name}).`;
  if (process.getuid?.() !== 0 || !isProgram('/usr/bin/apt-get')) throw new Stop(EXIT, `Not installed here: ${advice}`);
  const progress = phase(`Installing ${name}`);
  const options = { cwd: '/', env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } };
  await capture(['apt-get', 'update'], options);
  const { code, lines } = await capture(['apt-get', 'install', '-y', '--no-install-recommends', name], options);
  if (code === 0) return progress.succeed();
  progress.fail();
  throw new Stop(EXIT, `apt-get could not install it: ${advice}`, lines.slice(-20));
}
