// JSON Patch, plainly: to see that what operators say of themselves is true.
import type { JsonValue } from '@org/contract/model';
import type { PatchOperation } from '../operators/move.ts';

/** The tree after the operations. */
export function applyPatch(tree: unknown, operations: readonly PatchOperation[]): unknown {
  const root = copy(tree);
  for (const operation of operations) {
    if (operation.op === 'move') {
      const value = take(root, operation.from);
      put(root, operation.path, value, 'add');
    } else if (operation.op === 'remove') take(root, operation.path);
    else put(root, operation.path, copy(operation.value), operation.op);
  }
  return root;
}

type Holder = Record<string, JsonValue> & JsonValue[];

function find(root: JsonValue, pointer: string): { readonly holder: Holder; readonly name: string } {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop()!;
  const holder = names.reduce<unknown>((node, name) => (node as Holder)[name as never], root) as Holder;
  return { holder, name: last };
}

function take(root: JsonValue, pointer: string): JsonValue {
  const { holder, name } = find(root, pointer);
  if (Array.isArray(holder)) return holder.splice(Number(name), 1)[0]!;
  const value = (holder as Record<string, JsonValue>)[name]!;
  delete (holder as Record<string, JsonValue>)[name];
  return value;
}

function put(root: JsonValue, pointer: string, value: JsonValue, op: 'add' | 'replace'): void {
  const { holder, name } = find(root, pointer);
  if (Array.isArray(holder) && op === 'add') holder.splice(Number(name), 0, value);
  else holder[name as never] = value;
}

const copy = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
