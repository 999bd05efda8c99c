/**
 * zod, configured before any schema is built: its generated code gains nothing in QuickJS and is not allowed everywhere
 * else. Every schema imports `z` from here. What is used is named, because a namespace that is passed on takes all of zod
 * with it: half a megabyte that QuickJS would parse in each upgrade. Messages are ours, so no locale is needed.
 */
import {
  array,
  bigint,
  boolean,
  config,
  type core,
  custom,
  enum as enumeration,
  instanceof as instance,
  minLength,
  null as nothing,
  number,
  object,
  optional,
  refine,
  regex,
  strictObject,
  string,
  tuple,
  union,
} from 'zod/mini';

config({ jitless: true });

export type SomeSchema = core.SomeType;

export const z = {
  array,
  bigint,
  boolean,
  custom,
  enum: enumeration,
  instanceof: instance,
  minLength,
  null: nothing,
  number,
  object,
  optional,
  refine,
  regex,
  strictObject,
  string,
  tuple,
  union,
};
