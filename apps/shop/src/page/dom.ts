// Small helpers to make and fill elements. Texts are set as text, never as HTML.

/** The element of that id; a page without it is broken. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} "${id}"`);
  return found;
}

/** A new element with properties, and texts or elements inside. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Replaces what an element holds. */
export function fill(parent: Element, children: readonly Node[]): void {
  parent.replaceChildren(...children);
}
