/**
 * Unpacks Chromium, its fonts and the libraries that a bare machine may lack into TMPDIR, and says where it is. A process
 * of its own, because the package asks the system for the folder: in /tmp, what root unpacked nobody else may run.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import chromium, { inflate } from '@sparticuz/chromium';

const executable = await chromium.executablePath();
await inflate(join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '../bin/al2023.tar.br'));
process.stdout.write(executable);
