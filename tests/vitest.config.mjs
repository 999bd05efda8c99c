import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../config/vitest.base.mjs';

/**
 * A real PocketIC server gives up its port file to whoever started first, and takes the others down with it when it
 * stops. So files run one after the other when POCKET_IC_BIN names one; local-ic needs no such care.
 */
export default mergeConfig(base, defineConfig({ test: { fileParallelism: !process.env.POCKET_IC_BIN } }));
