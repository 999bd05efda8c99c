#!/usr/bin/env node
// The compiled command is imported, not written here: pnpm links this file before anything is built.
import { run } from '../dist/cli.js';

process.exitCode = await run(process.argv.slice(2));
