// Checks one authored document against its kind's schema and answers with every finding.
import type { Violation } from '../errors.ts';
import { documentKinds, type DocumentKind } from '../model/documents.ts';
import { documentSchemas } from './documents.ts';
import { keyText } from './fields.ts';
import { checkJson } from './json.ts';
import { violationsOf } from './violations.ts';

/** Whether there are documents of this kind. */
export const isDocumentKind = (kind: string): kind is DocumentKind =>
  (documentKinds as readonly string[]).includes(kind);

/** Findings with paths below `base`; empty when the document has the shape of its kind. Never throws. */
export function checkSchema(kind: DocumentKind, document: unknown, base = ''): readonly Violation[] {
  const findings = checkJson(document, base);
  if (findings.length > 0) return findings;
  return violationsOf(documentSchemas[kind].safeParse(document).error?.issues ?? [], base);
}

/** Findings about a document's key. */
export const checkKey = (key: unknown, field: string): readonly Violation[] =>
  violationsOf(keyText.safeParse(key).error?.issues ?? [], field);
