import { MillraceError } from '../../errors.ts';
import { checkOptionNames, type OptionNames } from '../../option-names.ts';

/** How a store that speaks S3 is reached. What is left out is found as the AWS SDK finds it. */
export interface S3Options {
  /** The url of a store that is not Amazon's: `http://localhost:9000`. */
  readonly endpoint?: string;
  /** Default: that of the environment or the profile; `us-east-1` where there is an endpoint and neither. */
  readonly region?: string;
  /** Whether the bucket stands in the path of a url, and not in its host. Most stores that are not Amazon's need it. */
  readonly forcePathStyle?: boolean;
  /** Default: the SDK's own chain. That is the environment, the profile, single sign-on, the container, the machine. */
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** How often a request is tried in all, on network errors, 429 and 5xx. Default 5. */
  readonly attempts?: number;
  /** Milliseconds without a byte after which a try is given up. Default 60,000. */
  readonly timeout?: number;
  /** Bytes to a part of a file that is sent in parts, at least 5 MiB. Default 8 MiB; more for files of over 80 GB. */
  readonly partSize?: number;
}

const S3_OPTIONS: OptionNames<S3Options> = {
  endpoint: 'text',
  region: 'text',
  forcePathStyle: 'boolean',
  credentials: 'object',
  attempts: true,
  timeout: true,
  partSize: true,
};

/** Where something is in a store. */
export interface S3Place {
  /** As the user calls it, without a slash at its end. */
  readonly url: string;
  readonly bucket: string;
  /** What is after the bucket; empty for the whole of it. */
  readonly key: string;
}

const PART = 8 * 1024 * 1024;
const LEAST_PART = 5 * 1024 * 1024;

/** Whether a path names something in a store. */
export function isS3(path: string): boolean {
  return /^s3:\/\//i.test(path);
}

/** What `s3://bucket/key` means; undefined for what is no such url. */
export function s3PlaceOf(path: string): S3Place | undefined {
  if (!isS3(path)) return undefined;
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/is.exec(path) ?? [];
  const key = rest.replace(/\/+$/, '');
  const parts = key === '' ? [] : key.split('/');
  if (bucket === '' || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new MillraceError({
      code: 's3.url',
      message: `${JSON.stringify(path)} names nothing in a store. Give s3://bucket/name, without empty names and dots between the slashes.`,
      details: { path },
    });
  }
  return { url: `s3://${bucket}${key === '' ? '' : `/${key}`}`, bucket, key };
}

/** Refuses options that cannot be meant. */
export function checkS3Options(
  options: S3Options,
): Required<Pick<S3Options, 'attempts' | 'timeout' | 'partSize'>> & S3Options {
  checkOptionNames(options, S3_OPTIONS, 's3', 's3.option');
  const { attempts = 5, timeout = 60_000, partSize = PART, endpoint } = options;
  const refuse = (name: string, value: unknown, valid: string): never => {
    throw new MillraceError({
      code: 's3.option',
      message: `s3: ${name} is ${JSON.stringify(value)}. Give ${valid}.`,
      details: { option: name, value },
    });
  };
  if (!Number.isSafeInteger(attempts) || attempts < 1) refuse('attempts', attempts, 'a whole number from 1');
  if (!Number.isSafeInteger(timeout) || timeout < 1) refuse('timeout', timeout, 'a whole number of milliseconds');
  if (!Number.isSafeInteger(partSize) || partSize < LEAST_PART)
    refuse('partSize', partSize, `a whole number of bytes from ${LEAST_PART}`);
  if (endpoint !== undefined && !/^https?:\/\/./i.test(String(endpoint)))
    refuse('endpoint', endpoint, 'a url that starts with http:// or https://');
  return { ...options, attempts, timeout, partSize };
}
