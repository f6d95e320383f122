import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/**
 * A small process that outlives this one, even after SIGKILL: when its standard input ends unannounced,
 * it stops the server whose process id is in a file, and removes its folder.
 */
export function guardAgainstDeath(root: string, pidFile: string): { dismiss(): void } {
  const script = `
    const fs = require('node:fs');
    const [root, pidFile] = process.argv.slice(1);
    let dismissed = false;
    process.stdin.on('data', () => { dismissed = true; process.exit(); });
    process.stdin.on('end', () => {
      if (dismissed) return;
      const alive = () => { try { return process.kill(pid(), 0); } catch { return false; } };
      const pid = () => Number(fs.readFileSync(pidFile, 'utf8').split('\\n')[0]);
      try { process.kill(pid(), 'SIGQUIT'); } catch {}
      const finish = (left) => {
        if (left > 0 && alive()) return setTimeout(finish, 50, left - 1);
        fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 });
      };
      finish(100);
    });`;
  const guard = spawn(process.execPath, ['-e', script, root, pidFile], {
    detached: true,
    windowsHide: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  const input = guard.stdin as typeof guard.stdin & { unref?: () => void };
  input.unref?.();
  return { dismiss: () => void guard.stdin.end('done') };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address !== null && typeof address === 'object' ? resolve(address.port) : reject()));
    });
  });
}
