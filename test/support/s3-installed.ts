import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The server that speaks S3 which this machine has; undefined where it has none. */
export function installedS3(): string | undefined {
  const go = [process.env.GOBIN, path.join(process.env.GOPATH ?? path.join(os.homedir(), 'go'), 'bin')];
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...go.filter((folder) => folder !== undefined)];
  return folders.map((folder) => path.join(folder, 'versitygw')).find(existsSync);
}

export const HOW_TO_INSTALL_S3 = 'bash .ci/s3 builds it, where there is Go';
