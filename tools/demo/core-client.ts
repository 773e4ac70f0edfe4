// Calls the core's HTTP port as anybody may: POST /flags.v1.Service/Method with JSON.

/** Calls a method, e.g. `AccessService/CreateProject`. */
export type CallCore = <T>(method: string, request: object) => Promise<T>;

/** An answer that is an error: `code` is the gRPC code in lower case. */
export class CoreCallError extends Error {
  readonly code: string;

  constructor(method: string, code: string, message: string) {
    super(`${method}: ${message}`);
    this.name = 'CoreCallError';
    this.code = code;
  }
}

/** Calls by that key. @throws CoreCallError on every answer but success. */
export function coreClient(url: string, key: string): CallCore {
  return async <T>(method: string, request: object): Promise<T> => {
    const response = await fetch(`${url}/flags.v1.${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    });
    const answer = (await response.json()) as { code?: string; message?: string };
    if (!response.ok)
      throw new CoreCallError(
        method,
        answer.code ?? String(response.status),
        answer.message ?? response.statusText,
      );
    return answer as T;
  };
}
