/**
 * zod, configured before any schema is built: its generated code gains nothing in QuickJS and is not allowed everywhere
 * else. Every schema imports `z` from here. Messages are ours, so no locale is bundled.
 */
import * as z from 'zod/mini';

z.config({ jitless: true });

export { z };
