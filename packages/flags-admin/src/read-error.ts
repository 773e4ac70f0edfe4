// From an answer that is no success to a typed error: the Connect error body with google.rpc details. Believes nothing
// about the body's shape, because proxies answer too.
import {
  AdminError,
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  PermissionError,
  UnavailableError,
  type AdminErrorDetails,
  type FieldViolation,
} from './errors.ts';

type ErrorClass = new (message: string, details: AdminErrorDetails) => AdminError;

const classes: Readonly<Record<string, ErrorClass>> = {
  not_found: NotFoundError,
  already_exists: AlreadyExistsError,
  invalid_argument: InvalidError,
  aborted: ConflictError,
  unauthenticated: PermissionError,
  permission_denied: PermissionError,
  unavailable: UnavailableError,
  deadline_exceeded: UnavailableError,
  OVERLOADED: UnavailableError,
};

/** Answers of proxies in front of a server that is away. */
const gatewayStatuses: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** The error of an answer; `body` is what its JSON held, if it was any. */
export function readError(status: number, body: unknown, headers: Headers): AdminError {
  const { code, message, details } = isRecord(body) ? body : {};
  const found = Array.isArray(details) ? details.filter(isRecord) : [];
  const of = (type: string): Record<string, unknown> => {
    const debug = found.find((detail) => detail['type'] === type)?.['debug'];
    return isRecord(debug) ? debug : {};
  };
  const info = of('google.rpc.ErrorInfo');
  const metadata = textsOf(info['metadata']);
  const told = textOf(info['reason']) ?? textOf(code);
  const isGateway = told === undefined && gatewayStatuses.has(status);
  const reason = told ?? (isGateway ? 'UNREACHABLE' : 'UNKNOWN');
  const type = classes[reason] ?? classes[textOf(code) ?? ''] ?? (isGateway ? UnavailableError : AdminError);
  return new type(textOf(message) ?? `the server answered with status ${status}`, {
    reason,
    status,
    metadata,
    requestId: headers.get('x-request-id') ?? undefined,
    violations: violationsOf(of('google.rpc.BadRequest')['fieldViolations']),
    retryAfterMs: delayMs(of('google.rpc.RetryInfo')['retryDelay'], headers.get('retry-after')),
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const textsOf = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(isRecord(value) ? value : {}).map(([name, text]) => [name, String(text)]),
  );

const violationsOf = (value: unknown): readonly FieldViolation[] =>
  (Array.isArray(value) ? value.filter(isRecord) : []).map(({ field, reason, description }) => ({
    field: textOf(field) ?? '',
    rule: textOf(reason) ?? '',
    message: textOf(description) ?? '',
  }));

/** `"1.500s"` of RetryInfo, or whole seconds of the header. */
function delayMs(delay: unknown, header: string | null): number | undefined {
  const seconds = Number.parseFloat(typeof delay === 'string' ? delay : (header ?? ''));
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1000) : undefined;
}
