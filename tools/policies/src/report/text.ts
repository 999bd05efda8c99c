/** A plan for somebody who was woken up: what would be done to whom, what is odd, and what to type. */
import { count, DEFAULT_POLICY, whenToTheMinute } from '@canister-backup/shared';
import type { Note, RoleOf, Step } from '../core/types.ts';
import { policyInBrief } from '../core/words.ts';
import type { Going } from '../shell/foresee.ts';
import type { Trouble } from '../shell/wellness.ts';
import type { Applied, Seen } from './types.ts';

/** Colours on a terminal, nothing elsewhere. */
export type Paint = (colour: 'green' | 'yellow' | 'red' | 'bold', text: string) => string;

export const PLAIN: Paint = (_, text) => text;

const FIELD_WIDTH = 16;

export function planText(seen: Seen, paint: Paint = PLAIN): string[] {
  const { plan, foreseen } = seen;
  const label = labels(seen);
  return [
    ...heading(seen),
    ...plan.steps.flatMap((step) => [
      ...stepText(step, { label, paint }),
      ...(step.call === 'set_policy' ? goingText(foreseen.going.get(step.canister)) : []),
    ]),
    ...plan.notes.map((note) => `${paint('yellow', '!')} ${noteText(note, label)}`),
    ...uncontrolledText(seen, label),
    ...troublesText(seen.troubles, { label, paint }),
    '',
    paint('bold', summary(plan.steps, seen.troubles)),
  ];
}

/** What is wrong although it is as the file says. */
export function troublesText(
  troubles: readonly Trouble[],
  { label, paint }: Style = { label: (canister) => canister, paint: PLAIN },
): string[] {
  return troubles.map(
    ({ canister, code, message }) =>
      `${paint('red', '!')} ${canister === undefined ? 'the manager' : label(canister)} (${code}): ${message}`,
  );
}

function heading({ manager, network, asker, file, wanted, registered }: Seen): string[] {
  return [
    `Manager  ${manager} on ${network}`,
    `Asking   ${asker.name}, ${asker.principal}`,
    `File     ${file}, ${count(wanted.targets.length, 'target')}; the manager has ${registered}`,
    '',
  ];
}

/** "ledger ryjl3-…", or the id alone. */
function labels({ wanted }: Seen): (canister: string) => string {
  const names = new Map(wanted.targets.map(({ canister, name }) => [canister, name]));
  return (canister) => {
    const name = names.get(canister);
    return name === undefined ? canister : `${name} ${canister}`;
  };
}

interface Style {
  readonly label: (canister: string) => string;
  readonly paint: Paint;
}

function stepText(step: Step, { label, paint }: Style): string[] {
  const [plus, tilde, minus] = [paint('green', '+'), paint('yellow', '~'), paint('red', '-')];
  switch (step.call) {
    case 'register':
      return [`${plus} ${label(step.canister)}`, `    register, ${policyInBrief(step.policy, DEFAULT_POLICY)}`];
    case 'set_policy':
      return [
        `${tilde} ${label(step.canister)}`,
        ...step.changes.map(({ field, from, to }) => `    ${field.padEnd(FIELD_WIDTH)}${from} -> ${to}`),
      ];
    case 'pause':
      return [`${tilde} ${label(step.canister)}`, '    pause: the timer makes no backups of it until resume'];
    case 'resume':
      return [`${tilde} ${label(step.canister)}`, '    resume: the timer makes backups of it again'];
    case 'set_name':
      return [
        `${tilde} ${label(step.canister)}`,
        `    name            ${step.from ?? 'none'} -> ${step.name ?? 'none'}`,
      ];
    case 'set_default':
      return [`${tilde} default target  ${named(step.from, label)} -> ${named(step.canister, label)}`];
    case 'unregister':
      return [
        `${minus} ${label(step.canister)}`,
        '    unregister: no more backups; its snapshots stay, and go on to cost',
      ];
    case 'grant':
      return [`${plus} ${roleText(step, label)}`];
    case 'revoke':
      return [`${minus} ${roleText(step, label)}`];
  }
}

function named(canister: string | null, label: Style['label']): string {
  return canister === null ? 'none' : label(canister);
}

function roleText({ who, role, canister }: RoleOf, label: Style['label']): string {
  return `${role} ${who} on ${canister === undefined ? 'all targets' : label(canister)}`;
}

function goingText(going: readonly Going[] | string | undefined): string[] {
  if (going === undefined || going.length === 0) return [];
  if (typeof going === 'string') return [`    what becomes of its snapshots cannot be foreseen: ${going}`];
  return [
    `    ${count(going.length, 'snapshot')} of it would go later, at most one an interval:`,
    ...going.map(({ snapshot, takenAt, reason }) => `      ${whenToTheMinute(takenAt)}  ${snapshot}  ${reason}`),
  ];
}

function noteText(note: Note, label: Style['label']): string {
  switch (note.kind) {
    case 'not_in_file':
      return `${label(note.canister)} is not in the file and stays as it is; --prune would unregister it.`;
    case 'role_not_in_file':
      return `${roleText(note, label)}: not in the file, and stays; --prune would revoke it, but never one's own.`;
    case 'roles_unseen':
      return 'The file has roles, and this identity may not see them all: they are not compared.';
    case 'paused':
      return `${label(note.canister)} is paused, and the file does not say whether it should be. It stays paused.`;
    case 'held':
      return `${label(note.canister)} is held until ${whenToTheMinute(note.until)}: no backups before that.`;
  }
}

function uncontrolledText({ foreseen, manager, network }: Seen, label: Style['label']): string[] {
  const missing = foreseen.uncontrolled.filter(({ exists }) => !exists).map(({ canister }) => canister);
  const known = foreseen.uncontrolled.filter(({ exists }) => exists).map(({ canister }) => canister);
  const at = network.includes('://') ? ['', ` -n ${network}`] : [` --network ${network}`, ` -n ${network}`];
  return [
    ...missing.map((canister) => `! ${label(canister)}: there is no such canister, so it will be refused.`),
    ...(known.length === 0
      ? []
      : ['', 'The manager is no controller of these, and will refuse them. With dfx or with icp:']),
    ...known.map((id) => `  dfx canister update-settings ${id}${at[0]} --add-controller ${manager}`),
    ...known.map((id) => `  icp canister settings update ${id}${at[1]} --add-controller ${manager}`),
  ];
}

const VERBS: readonly (readonly [Step['call'], string])[] = [
  ['register', 'to register'],
  ['set_policy', 'to change'],
  ['pause', 'to pause'],
  ['resume', 'to resume'],
  ['set_name', 'to name'],
  ['set_default', 'default to set'],
  ['grant', 'to grant'],
  ['unregister', 'to unregister'],
  ['revoke', 'to revoke'],
];

export function summary(steps: readonly Step[], troubles: readonly Trouble[] = []): string {
  if (steps.length === 0) {
    const sync = 'In sync: the manager has what the file says.';
    return troubles.length === 0 ? sync : `${sync} Not well: ${count(troubles.length, 'problem')}, see above.`;
  }
  const counts = VERBS.map(([call, verb]) => [steps.filter((step) => step.call === call).length, verb] as const);
  const said = counts.filter(([many]) => many > 0).map(([many, verb]) => `${many} ${verb}`);
  return `${said.join(', ')}. None of it deletes a snapshot.`;
}

export function appliedText(applied: readonly Applied[], seen: Seen, remaining: readonly Step[]): string[] {
  const label = labels(seen);
  const refused = applied.filter(({ error }) => error !== undefined);
  return [
    '',
    ...refused.map(({ step, error }) => `! ${stepName(step, label)} was refused (${error?.code}): ${error?.message}`),
    `${count(applied.length - refused.length, 'step')} done, ${refused.length} refused.`,
    remaining.length === 0 ? summary([]) : `Not as the file says yet: ${summary(remaining)}`,
  ];
}

/** One line on a step. */
export function stepName(step: Step, label: Style['label'] = (canister) => canister): string {
  if ('who' in step) return `${step.call} ${roleText(step, label)}`;
  return `${step.call} ${named(step.canister, label)}`;
}
