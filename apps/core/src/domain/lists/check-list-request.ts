// Checks requests about the members of lists: numbers of ids, their lengths, names of uploads.
import { limits, type Violation } from '@org/contract';
import type { CommitListRequest, PutListPartRequest } from '@org/contract/gen/flags/v1/admin_service';
import { checkKey } from '@org/contract/schema';
import { checkText, checkTexts } from '../commit/check-request.ts';

const uploadCharsMax = 128;
const findingsMax = 20;

export const checkPart = ({ upload, part, ids }: PutListPartRequest): readonly Violation[] => [
  ...checkText(upload, 'upload', uploadCharsMax, 1),
  ...(part < limits.listPartsMax
    ? []
    : [{ field: 'part', rule: 'max', message: `At most ${limits.listPartsMax} parts.` }]),
  ...(ids.length === 0 ? [{ field: 'ids', rule: 'min_items', message: 'The part is empty.' }] : []),
  ...checkIds(ids, limits.listIdsPerPartMax),
];

export const checkCommit = (request: CommitListRequest): readonly Violation[] => {
  const { key, edit, ids, upload, parts } = request;
  const findings: Violation[] = [...checkTexts(request), ...checkKey(key, 'key')];
  if (edit === 'LIST_EDIT_UNSPECIFIED') {
    findings.push({ field: 'edit', rule: 'required', message: 'Either ADD, REMOVE or REPLACE.' });
  }
  findings.push(...checkText(upload, 'upload', uploadCharsMax));
  if ((upload === '') !== (parts === 0) || parts > limits.listPartsMax) {
    const message = `The number of the upload's parts, 1 to ${limits.listPartsMax}; 0 without one.`;
    findings.push({ field: 'parts', rule: 'parts', message });
  }
  return [...findings, ...checkIds(ids, limits.listIdsPerCommitMax)];
};

export function checkIds(ids: readonly string[], countMax: number): readonly Violation[] {
  if (ids.length > countMax)
    return [{ field: 'ids', rule: 'max_items', message: `At most ${countMax} ids.` }];
  const findings: Violation[] = [];
  for (const [index, id] of ids.entries()) {
    if (id.length > 0 && id.length <= limits.keyCharsMax) continue;
    const message = `An id has 1 to ${limits.keyCharsMax} characters.`;
    findings.push({ field: `ids[${index}]`, rule: id.length === 0 ? 'required' : 'max_length', message });
    if (findings.length >= findingsMax) break;
  }
  return findings;
}
