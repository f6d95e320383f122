import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { freePort, guardAgainstDeath } from '../../src/testing/server-process.ts';
import { HOW_TO_INSTALL_S3, installedS3 } from './s3-installed.ts';

// Node 20 is what is tested here; the client says with its first use that it will ask for more one day.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** What tests ask of a store, past the code that they test. */
export interface TestS3 extends AsyncDisposable {
  readonly endpoint: string;
  /** How millrace reaches it. */
  readonly s3: {
    readonly endpoint: string;
    readonly forcePathStyle: true;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** What the SDK finds of itself in another process. */
  readonly env: Readonly<Record<string, string>>;
  readonly bucket: string;
  keys(prefix: string): Promise<string[]>;
  /** The keys of what is being sent in parts. */
  uploads(prefix: string): Promise<string[]>;
  get(key: string): Promise<Buffer>;
  put(key: string, body: string | Uint8Array): Promise<void>;
  /** Begins to send an object in parts, and never ends it. */
  begin(key: string): Promise<void>;
}

const bucket = 'millrace-test';
const credentials = { accessKeyId: 'millrace', secretAccessKey: 'not a secret' };

/** A server of its own, with its objects in a temporary folder that goes with it, even when this process dies. */
export async function startS3(): Promise<TestS3> {
  const server = installedS3();
  if (server === undefined) throw new Error(`there is no versitygw here: ${HOW_TO_INSTALL_S3}`);
  const root = await mkdtemp(path.join(os.tmpdir(), 'millrace-s3-'));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials, maxAttempts: 1 });
  try {
    const child = await run(server, root, port, client);
    const guard = guardAgainstDeath(root, path.join(root, 'pid'));
    return {
      endpoint,
      s3: { endpoint, forcePathStyle: true, credentials },
      env: {
        AWS_ENDPOINT_URL_S3: endpoint,
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      bucket,
      keys: async (Prefix) => {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix }));
        return Contents.map(({ Key = '' }) => Key);
      },
      uploads: async (Prefix) => {
        const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix }));
        return Uploads.map(({ Key = '' }) => Key);
      },
      get: async (Key) => {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      },
      put: async (Key, Body) => {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
      },
      begin: async (Key) => {
        await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
      },
      [Symbol.asyncDispose]: async () => {
        client.destroy();
        const ended = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await ended;
        guard.dismiss();
        await rm(root, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

async function run(server: string, root: string, port: number, client: S3Client): Promise<ChildProcess> {
  // Not every temporary folder keeps attributes of files: they have a folder of their own.
  const [data, sidecar, logFile] = ['data', 'sidecar', 'log'].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  await Promise.all([mkdir(data), mkdir(sidecar)]);
  const log = await open(logFile, 'w');
  const flags = ['--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix', '--sidecar', sidecar, data];
  const env = {
    ...process.env,
    ROOT_ACCESS_KEY: credentials.accessKeyId,
    ROOT_SECRET_KEY: credentials.secretAccessKey,
  };
  const child = spawn(server, flags, { stdio: ['ignore', log.fd, log.fd], env });
  await log.close();
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  child.once('error', () => {
    gone = true;
  });
  await writeFile(path.join(root, 'pid'), String(child.pid));
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      child.unref();
      return child;
    } catch (error) {
      if (!gone && Date.now() < deadline) {
        await sleep(50);
        continue;
      }
      child.kill('SIGKILL');
      throw new Error(`the store did not start: ${(await readFile(logFile, 'utf8')).slice(-2000)}`, { cause: error });
    }
  }
}
