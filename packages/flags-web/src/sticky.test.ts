// What browsers remember of sticky splits: over pages and tabs, and without a storage as long as the page lives.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSticky } from './sticky.ts';

/** A localStorage that may be forbidden. */
class MemoryStorage {
  readonly items = new Map<string, string>();
  forbidden = false;

  getItem(name: string): string | null {
    if (this.forbidden) throw new Error('forbidden');
    return this.items.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    if (this.forbidden) throw new Error('forbidden');
    this.items.set(name, value);
  }
}

let storage: MemoryStorage;
beforeEach(() => {
  storage = new MemoryStorage();
  vi.stubGlobal('localStorage', storage);
});
afterEach(() => void vi.unstubAllGlobals());

describe('the memory of sticky splits', () => {
  it('lasts over pages, by unit and environment, and takes in what other tabs remembered', () => {
    const [page, tab] = [createSticky('one'), createSticky('one')];
    page.set('slot', {}, 7, 'a');
    tab.set('slot', {}, 8, 'b');
    const next = createSticky('one');
    expect([next.get('slot', {}, 7), next.get('slot', {}, 8), next.get('slot', {}, 9)]).toEqual([
      'a',
      'b',
      undefined,
    ]);
    expect(createSticky('two').get('slot', {}, 7)).toBeUndefined();
  });

  it('is bounded: the oldest goes first', () => {
    const page = createSticky('one');
    for (let unit = 0; unit <= 500; unit += 1) page.set('slot', {}, unit, 'a');
    expect([page.get('slot', {}, 0), page.get('slot', {}, 1), page.get('slot', {}, 500)]).toEqual([
      undefined,
      'a',
      'a',
    ]);
  });

  it.each(['', '{}', '[1]', 'null'])('starts anew from the damaged entry %s', (entry) => {
    createSticky('one').set('slot', {}, 1, 'a');
    const [name] = [...storage.items.keys()];
    storage.items.set(name!, entry);
    const page = createSticky('one');
    expect(page.get('slot', {}, 1)).toBeUndefined();
    page.set('slot', {}, 1, 'b');
    expect(createSticky('one').get('slot', {}, 1)).toBe('b');
  });

  it('lasts as long as the page where storing is forbidden', () => {
    storage.forbidden = true;
    const page = createSticky('one');
    page.set('slot', {}, 1, 'a');
    page.set('slot', {}, 2, 'b');
    expect([page.get('slot', {}, 1), page.get('slot', {}, 2)]).toEqual(['a', 'b']);
  });
});
