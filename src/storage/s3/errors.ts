import { MillraceError } from '../../errors.ts';

/** What the SDK's errors carry, of which not all is always there. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $retryable?: unknown;
}

const CREDENTIALS = [
  'CredentialsProviderError',
  'TokenProviderError',
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
];
const REGION = ['PermanentRedirect', 'AuthorizationHeaderMalformed', 'IllegalLocationConstraintException'];
const BUSY = ['SlowDown', 'Throttling', 'ThrottlingException', 'RequestTimeout', 'TimeoutError', 'TooManyRequests'];
/** What a broken connection is called. */
const NETWORK = /^(E[A-Z]+|UND_ERR_\w+)$|aborted|socket hang up|premature close|terminated|network/i;

/** What codes end with. */
type Kind =
  | 'access'
  | 'changed'
  | 'credentials'
  | 'failed'
  | 'no_bucket'
  | 'not_found'
  | 'not_implemented'
  | 'region'
  | 'unavailable';

/** An error of the SDK as one of ours: what could not be done with which url, and what helps. */
export function s3Error(error: unknown, doing: string, url: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const { name = '', code = '', message = String(error), $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  const told = name === '' || name === 'Error' || message.includes(name) ? message : `${name}: ${message}`;
  const reason = (told || code).trim().replace(/[.]$/, '');
  const make = (kind: Kind, what: string, retryable = false): MillraceError =>
    new MillraceError({
      code: `s3.${kind}`,
      message: `${url}: ${what}`,
      retryable,
      details: { url, ...(status === undefined ? {} : { status }), name },
      cause: error,
    });
  if (name === 'NoSuchBucket')
    return make('no_bucket', 'there is no such bucket. Make it, or name another; check the endpoint, too.');
  if (CREDENTIALS.includes(name) || /credential|AccessKeyId|UserNotFound/i.test(name))
    return make(
      'credentials',
      `the store does not know who asks (${reason}). Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or give s3: { credentials }.`,
    );
  if (name === 'NoSuchKey' || name === 'NotFound' || name === 'NoSuchUpload' || status === 404)
    return make('not_found', `it is not there, so ${doing} failed.`);
  if (status === 412 || (status === 409 && name === 'ConditionalRequestConflict'))
    return make('changed', `another has written it meanwhile, so ${doing} failed.`, true);
  if (status === 501 || name === 'NotImplemented') return make('not_implemented', `the store cannot do ${doing}.`);
  if (REGION.includes(name) || status === 301 || /region is missing/i.test(message))
    return make('region', `the bucket is in another region, or none is named (${reason}). Give s3: { region }.`);
  if (status === 403)
    return make(
      'access',
      `${doing} is not allowed (${reason}). Loads need s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload; reading the first and the third.`,
    );
  const isBusy = status === 429 || (status ?? 0) >= 500 || BUSY.includes(name);
  if (isBusy || (status === undefined && (NETWORK.test(code) || NETWORK.test(message) || NETWORK.test(name))))
    return make('unavailable', `${doing} failed: ${reason || 'no answer'}. Try again.`, true);
  return make('failed', `${doing} failed: ${reason}.`);
}
