import { createProgram } from './program.js';

// Whoever reads the output may stop (`| head`); what is being done is done to its end all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
await createProgram(process.env).parseAsync(process.argv);
