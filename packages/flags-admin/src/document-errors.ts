// Errors about one document, with its kind and key in words and in `metadata`.
import {
  AdminError,
  AlreadyExistsError,
  NotFoundError,
  WrongStateError,
  type ConflictError,
} from './errors.ts';

/** The environment is there, the document is not. */
export const isMissingDocument = (error: unknown): error is NotFoundError =>
  error instanceof NotFoundError && error.metadata['missing'] === 'document';

export const missing = (kind: string, key: string, cause: NotFoundError): NotFoundError => {
  const { reason, status, requestId } = cause;
  const metadata = { kind, key, ...cause.metadata };
  return new NotFoundError(`there is no ${metadata.kind} "${metadata.key}"`, {
    reason,
    status,
    requestId,
    metadata,
    cause,
  });
};

export const existing = (kind: string, key: string, cause: ConflictError): AlreadyExistsError => {
  const { status, requestId, currentRevision } = cause;
  const metadata = { ...cause.metadata, kind, key };
  return new AlreadyExistsError(`the ${kind} "${key}" exists, changed last by revision ${currentRevision}`, {
    ...{ reason: 'ALREADY_EXISTS', status, requestId, metadata, cause },
  });
};

/** Of a step that another one must precede; every other error as it is. */
export const stateError = (error: unknown): unknown => {
  if (!(error instanceof AdminError) || error.reason !== 'WRONG_STATE') return error;
  return new WrongStateError(error.message, { ...error, cause: error });
};
