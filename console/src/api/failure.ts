/** What went wrong, whichever way it was asked: by an SDK, a form or a signed request. */
export class Failure extends Error {
  readonly code: string;
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** Seconds to wait before another try makes sense; 0 if it need not wait. */
  readonly retryAfterS: number;

  constructor(fields: {
    code: string;
    message: string;
    status?: number;
    requestId?: string | undefined;
    retryAfterS?: number;
  }) {
    super(fields.message);
    this.name = "Failure";
    this.code = fields.code;
    this.status = fields.status ?? 0;
    this.requestId = fields.requestId;
    this.retryAfterS = fields.retryAfterS ?? 0;
  }

  /** Whether a policy is what was missing. */
  get isDenied(): boolean {
    return /^AccessDenied/.test(this.code);
  }

  /** Whether what was asked for does not exist. */
  get isMissing(): boolean {
    // IAM says NoSuchEntity, its SDK calls that an exception.
    return /^(NoSuchEntity(Exception)?|ResourceNotFoundException)$/.test(this.code);
  }

  /** Whether the same question may be answered a little later: nobody was there to refuse it. */
  get mayPass(): boolean {
    return this.code === UNREACHABLE || this.status === 429 || this.status >= 500;
  }

  /** Whether the caller is no longer who it was: signed out, deleted, password changed. */
  get isSignedOut(): boolean {
    return SIGNED_OUT.has(this.code);
  }

  /** Of a server that does not answer. */
  static unreachable(): Failure {
    return new Failure({ code: UNREACHABLE, message: "The server does not answer." });
  }

  /** From whatever was thrown. */
  static of(error: unknown): Failure {
    if (error instanceof Failure) return error;
    const message = error instanceof Error ? error.message : String(error);
    // An SDK adds what it knows of its tries, but it is the browser's error.
    if (error instanceof TypeError && /fetch|network|load/i.test(message)) return Failure.unreachable();
    if (isServiceError(error)) {
      return new Failure({
        code: error.name,
        message: error.message || error.name,
        status: error.$metadata.httpStatusCode ?? 0,
        requestId: error.$metadata.requestId,
      });
    }
    return new Failure({ code: "Error", message });
  }

  /** From an answer that is not a success: `{code, message}` or AWS's JSON. */
  static async ofResponse(response: Response): Promise<Failure> {
    const told: unknown = await response.json().catch(() => ({}));
    const fields = (typeof told === "object" && told !== null ? told : {}) as Record<string, unknown>;
    const text = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
    return new Failure({
      code: response.headers.get("x-amzn-errortype") ?? text("code") ?? `HTTP ${response.status}`,
      message: text("message") ?? text("Message") ?? response.statusText,
      status: response.status,
      requestId: response.headers.get("x-amzn-requestid") ?? undefined,
      retryAfterS: Number(response.headers.get("retry-after") ?? 0),
    });
  }
}

function isServiceError(
  error: unknown,
): error is Error & { $metadata: { httpStatusCode?: number; requestId?: string } } {
  return error instanceof Error && "$metadata" in error && typeof error.$metadata === "object";
}

const UNREACHABLE = "Unreachable";
const SIGNED_OUT = new Set([
  "NotSignedIn",
  "InvalidCsrfToken",
  "ExpiredToken",
  "ExpiredTokenException",
  "InvalidClientTokenId",
  "UnrecognizedClientException",
]);
